import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import type { FieldError } from '../core/index.js';

/** What a file says that its schema does not allow, each field once; `whole` is the name of the file itself. */
export function schemaFaults(schema: TSchema, value: unknown, whole: string, remedy: string): FieldError[] {
  return [...Value.Errors(schema, value)]
    .filter(({ keyword }) => keyword !== 'additionalProperties') // It says of the object what the field says itself.
    .map((error) => ({ ...schemaFault(error, whole), remedy }));
}

/** One of them: its field by dots, and what is wrong. */
export function schemaFault(
  { instancePath, keyword, message }: ReturnType<typeof Value.Errors>[number],
  whole: string,
): { field: string; message: string } {
  return {
    field: instancePath.slice(1).replaceAll('/', '.') || whole,
    message: keyword === 'boolean' ? 'is not a known field' : (message ?? 'is invalid'),
  };
}
