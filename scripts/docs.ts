import { writeFileSync } from 'node:fs';
import { configSchema, errors } from '../src/core/index.js';

/** Pages that are made from the code, by path; a test holds that they are as the code says. */
export const generated: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/endcap.schema.json': () =>
    `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...configSchema }, null, 2)}\n`,
};

function errorsPage(): string {
  const rows = Object.entries(errors).map(
    ([code, { status, when }]) => `| \`${code}\` | ${status} | ${when} |`,
  );
  return `# Errors

Made from \`src/core/errors.ts\` by \`npm run docs\`. Over HTTP an error is [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)
\`application/problem+json\` with the stable \`code\`, what is wrong in \`detail\`, what to do in \`remedy\`, and the fields at
fault in \`errors\`. The command line prints the same on one line and exits with 2.

| code | status | when |
|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [path, make] of Object.entries(generated)) writeFileSync(path, make());
}
