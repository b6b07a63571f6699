/** A text that people write: editors on Windows begin it with a mark of its encoding, which is none of it. */
export const withoutMark = (text: string): string => text.replace(/^\ufeff/, '');
