// @ts-check
// The texts of errors and elements. The build keeps those that the package uses.

import en from '../../www/i18n/en.json' with { type: 'json' };
import ko from '../../www/i18n/ko.json' with { type: 'json' };
import { useTexts } from '../../www/lib/i18n.js';

useTexts({ en, ko });
