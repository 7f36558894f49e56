export {
  GENERATION_MAX,
  parseRotation,
  ROTATION_BYTES,
  type Rotation,
  type RotationSeeds,
  signRotation,
} from './rotation.ts';
