import type { PublicApi } from './public-api.js';

declare global {
  interface Window {
    resnetLens: PublicApi;
  }

  /** The Trusted Types of the browser, which TypeScript does not declare. Their objects are used like strings. */
  var trustedTypes: {
    createPolicy(name: string, rules: { createHTML(html: string): string; createScriptURL(url: string): string }): {
      createHTML(html: string): string;
      createScriptURL(url: string): string;
    };
  } | undefined;
}
