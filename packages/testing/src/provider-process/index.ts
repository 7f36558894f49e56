export { type ProviderProcess, startProvider } from './start-provider.ts';
