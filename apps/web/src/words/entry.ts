/** A sentence, or its forms for one and for any other number (`count`). `{name}` is filled in. */
export type Entry = string | { readonly one: string; readonly other: string };
