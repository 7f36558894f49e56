export {
  type LocalProvider,
  type LocalProviderOptions,
  startLocalProvider,
} from './local-provider.ts';
export { type CallerKeys, drawKeys, ProviderCaller } from './provider-caller.ts';
