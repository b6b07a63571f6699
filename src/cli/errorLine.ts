import { EndcapError } from '../core/index.js';

/** One line that says what is wrong and what to do. */
export function errorLine(error: unknown): string {
  if (!(error instanceof EndcapError)) return oneLine(error instanceof Error ? error.message : String(error));
  const where = error.errors.map((fault) => `${fault.field}: ${fault.message}`).join('; ');
  return oneLine([error.message, where, error.remedy].filter(Boolean).join(' — '));
}

const oneLine = (text: string): string => `endcap: ${text.replaceAll('\n', ' ')}\n`;
