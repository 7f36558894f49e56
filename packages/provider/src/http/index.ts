export {
  type Answered,
  type ProviderAppOptions,
  providerApp,
  type RequestLimits,
} from './provider-app.ts';
