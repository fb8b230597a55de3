import { scan } from './scan.ts';

/** What a file of ours may not hold, beyond what the linter sees; each as a line that names the place and the rule. */
export function untidyIn(path: string, text: string): string[] {
  const { code } = scan(text);
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length;
  const marks = [...text.matchAll(promise)].map((match) => `${path}:${lineAt(match.index)}: ${match[0]} promises what is not there`);
  const options = /\.(?:test|contract)\./.test(path) ? [...code.matchAll(passingOption)] : [];
  const passedOver = [...code.matchAll(passing), ...options].map(
    (match) => `${path}:${lineAt(match.index)}: ${match[0]} passes a test over`,
  );
  return [...marks, ...passedOver, ...(isBarrel(path, code) ? [`${path}: only passes on what others export; import from those`] : [])];
}

/** Spelt so that this line does not find itself. */
const promise = /\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/g;
const passing = /\b(?:test|it|describe|suite|t)\.(?:only|skip|todo)\b/g;
const passingOption = /(?<=[{,]\s*)(?:only|skip|todo)(?=:\s*(?!false\b)\S)/g;

/** A file that declares nothing hides where things are, and draws everything in for one of them. */
function isBarrel(path: string, code: string): boolean {
  if (/(?:^|\/)index\.[jt]sx?$/.test(path) || /\bexport\s*\*/.test(code)) return true;
  const rest = code.replace(/\b(?:import|export)\b(?:\s+type)?\s*\{[^}]*\}\s*(?:from\s*['"]\s*['"])?\s*;?/g, '');
  return rest.trim() === '' && /\bexport\b/.test(code);
}

const id = /\[([A-Z]{2,}\d+)\]/g;

/** The ids of the rules that SPEC.md states, in order: lines like `- **[UP3]** sentence.` */
export function rulesIn(spec: string): string[] {
  return [...spec.matchAll(/^\s*[-*]\s+\*\*\[([A-Z]{2,}\d+)\]\*\*/gm)].map((match) => match[1] ?? '');
}

/** The ids of the rules that a test file quotes in its strings, which is where the names of tests are. */
export function rulesQuotedIn(text: string): string[] {
  return scan(text).quotes.flatMap((quote) => [...quote.text.matchAll(id)].map((match) => match[1] ?? ''));
}
