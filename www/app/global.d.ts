import type { PublicApi } from './public-api.js';

declare global {
  interface Window {
    resnetLens: PublicApi;
  }
}
