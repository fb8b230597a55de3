/** A piece of quoted text: where its content begins in the file, and the content as it is written. */
export type Quote = { readonly start: number; readonly text: string };

export type Scan = {
  /** The file with comments and the contents of quotes blanked out, every other character at its place. */
  readonly code: string;
  /** Strings and templates without substitutions, in order. */
  readonly quotes: readonly Quote[];
};

/** The characters or words after which a slash begins a regular expression and does not divide. */
const beforeExpression = /(?:^|[=(,:;!&|?{}[+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|yield|await))\s*$/;

/**
 * Tells code from comments and quoted text, so that the checks of this folder read neither as the other.
 * It knows as much of TypeScript as that takes, and no more.
 */
export function scan(source: string): Scan {
  const quotes: Quote[] = [];
  let code = '';
  let at = 0;
  /** For every open `${`, how many braces are open inside it. */
  const substitutions: number[] = [];

  const blankTo = (end: number): void => {
    code += source.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const keep = (): void => {
    code += source.charAt(at);
    at += 1;
  };
  const quoted = (end: number): void => {
    quotes.push({ start: at, text: source.slice(at, end) });
    blankTo(end);
  };
  /** From behind a backtick, or from behind the brace that ends a substitution. */
  const template = (): void => {
    const end = endOf(source, at, /`|\$\{/y);
    quoted(end);
    if (source.charAt(at) === '`') return keep();
    keep();
    if (at < source.length) keep();
    substitutions.push(0);
  };

  while (at < source.length) {
    const next = source.charAt(at);
    const open = substitutions.length - 1;
    if (source.startsWith('//', at)) blankTo(endOf(source, at, /\n/y));
    else if (source.startsWith('/*', at)) blankTo(Math.min(source.length, endOf(source, at + 2, /\*\//y) + 2));
    else if (next === '/' && beforeExpression.test(code.slice(-80))) blankTo(endOfRegularExpression(source, at));
    else if (next === '"' || next === "'") {
      keep();
      // A string ends with its line at the latest: an apostrophe in the text of an element is no quote.
      quoted(endOf(source, at, next === '"' ? /["\n]/y : /['\n]/y));
      if (at < source.length) keep();
    } else if (next === '`') {
      keep();
      template();
    } else if (next === '}' && substitutions[open] === 0) {
      substitutions.pop();
      keep();
      template();
    } else {
      if (open >= 0 && next === '{') substitutions[open] = (substitutions[open] ?? 0) + 1;
      if (open >= 0 && next === '}') substitutions[open] = (substitutions[open] ?? 0) - 1;
      keep();
    }
  }
  return { code, quotes };
}

/** Where `mark` (sticky) first stands at or after `from`, past escaped characters; the end of the file if nowhere. */
function endOf(source: string, from: number, mark: RegExp): number {
  for (let at = from; at < source.length; at += source.charAt(at) === '\\' ? 2 : 1) {
    mark.lastIndex = at;
    if (mark.test(source)) return at;
  }
  return source.length;
}

function endOfRegularExpression(source: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < source.length; at += source.charAt(at) === '\\' ? 2 : 1) {
    const next = source.charAt(at);
    if (next === '[') inClass = true;
    else if (next === ']') inClass = false;
    else if (next === '\n' || (next === '/' && !inClass)) return at + 1;
  }
  return source.length;
}

export type Import = {
  readonly specifier: string;
  /** Nothing is left of it when the program runs. */
  readonly typesOnly: boolean;
  /** Counted from 1. */
  readonly line: number;
};

const clause = /(?<![\w$.])(?:import|export)\s+(?:(type)\s+(?!from\b))?(?:[\w$*{},\s]+?\bfrom\s*)?["']|(?<![\w$.])import\s*\(\s*["'`]/g;

/** Everything a file imports: static, for its effect, re-exported, or by a call with a plain string. */
export function importsOf(source: string): Import[] {
  const { code, quotes } = scan(source);
  const byStart = new Map(quotes.map(({ start, text }) => [start, text]));
  return [...code.matchAll(clause)].flatMap((match) => {
    const start = match.index + match[0].length;
    const specifier = byStart.get(start);
    if (specifier === undefined) return [];
    return [{ specifier, typesOnly: match[1] === 'type', line: source.slice(0, match.index).split('\n').length }];
  });
}
