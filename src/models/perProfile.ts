import type { Profile } from '../core/index.js';

/** `compute`, done once while a profile lives: one request asks for many items of one shopper. */
export function perProfile<Value extends object>(
  compute: (profile: Profile) => Value,
): (profile: Profile) => Value {
  const known = new WeakMap<Profile, Value>();
  return (profile) => {
    const value = known.get(profile) ?? compute(profile);
    known.set(profile, value);
    return value;
  };
}
