export { type EnrolledWitness, enrolWitnesses } from './enrol-witnesses.ts';
export { neededHolders } from './needed-holders.ts';
export {
  compareWithWitnesses,
  goPast,
  staleError,
  tellWitnesses,
  type WitnessOptions,
} from './witnesses.ts';
