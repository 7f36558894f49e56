export type { Fault, FaultRule, StoreCall } from './fault.ts';
export { FaultStore, type SeenCall } from './fault-store.ts';
