/** An own value: names come from outside and may be called `constructor`. */
export function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Makes an own value, under `__proto__` too; returns it. */
export function put<Value>(record: Record<string, Value>, key: string, value: Value): Value {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
  return value;
}
