export { type EnrolledWitness, enrolWitnesses } from './enrol-witnesses.ts';
export { headTime } from './head-time.ts';
export { neededHolders } from './needed-holders.ts';
export {
  compareWithWitnesses,
  goPast,
  staleError,
  tellWitnesses,
  type WitnessOptions,
} from './witnesses.ts';
