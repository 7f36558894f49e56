export { type Bridge, openBridge, sealBridge } from './bridge.ts';
export {
  GENERATION_MAX,
  isRotationProvedBy,
  parseRotation,
  ROTATION_BYTES,
  type Rotation,
  type RotationSeeds,
  type SignedRotation,
  signRotation,
} from './rotation.ts';
