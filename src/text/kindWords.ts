const han = /\p{Script=Han}/u;

/**
 * Words that say what kind of thing a title names, fast enough for a whole catalogue: in lower case, without a plural s;
 * Chinese by pairs of characters, which needs no dictionary and misses no word of two.
 */
export function kindWords(text: string): string[] {
  const found = text.toLowerCase().match(/\p{Script=Han}+|[^\P{L}\p{Script=Han}]+|\p{N}+/gu) ?? [];
  return found.flatMap((word) => {
    if (!han.test(word)) return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
    const characters = [...word];
    if (characters.length === 1) return word;
    return characters.slice(1).map((character, at) => characters[at]! + character);
  });
}
