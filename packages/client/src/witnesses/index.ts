export { type EnrolledWitness, enrolWitnesses } from './enrol-witnesses.ts';
export { neededHolders } from './needed-holders.ts';
export {
  compareWithWitnesses,
  headsElsewhere,
  staleError,
  tellWitnesses,
  type WitnessOptions,
} from './witnesses.ts';
