const han = /\p{Script=Han}/u;
/** Characters of a title that are read. */
const readLength = 500;

/**
 * Words that say what kind of thing a title names, fast enough for a whole catalogue: in lower case, without a plural s;
 * Chinese by pairs of characters, which needs no dictionary and misses no word of two; sizes such as 500ml in one.
 */
export function kindWords(title: string): string[] {
  const found =
    title
      .slice(0, readLength)
      .toLowerCase()
      .match(
        /\p{Script=Han}+|[^\P{L}\p{Script=Han}]+(?:['’]s\b)?|\p{N}+(?:\p{Script=Latin}+(?:\p{N}+\p{Script=Latin}*)*)?/gu,
      ) ?? [];
  return found.flatMap((word) => {
    if (!han.test(word)) return singular(word.replace(/['’]s$/, ''));
    const characters = [...word];
    if (characters.length === 1) return word;
    return characters.slice(1).map((character, at) => characters[at]! + character);
  });
}

const singular = (word: string): string =>
  word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
