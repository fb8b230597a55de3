/** The closed lists that knowledge chooses from. */

/** Two trees that never mix: in `gone`, what helps a thing that does not work would destroy what can still be found. */
export const trees = ['not-working', 'gone'] as const;
export const apps = ['earshot', 'whatsapp', 'imessage', 'telegram', 'messenger', 'instagram', 'signal'] as const;
export const platforms = ['ios', 'android', 'windows', 'macos', 'linux', 'chromeos'] as const;
export const browsers = ['chrome', 'safari', 'firefox', 'edge'] as const;
/** Where a probe can run: in the page, in the user's terminal, on the operator's machine. */
export const places = ['web', 'cli', 'server'] as const;
export const severities = ['low', 'medium', 'high'] as const;
export const owners = ['you', 'device', 'network', 'server', 'recipient', 'us', 'other-app'] as const;
/** Every cause, and through it every failure code, belongs to exactly one. */
export const groups = ['network', 'account', 'access', 'software', 'storage', 'hardware', 'service', 'recipient', 'keeping'] as const;
/**
 * What a step does to the device. Safety reads this and not the words of the step: `look`, `ask`, `wait` change nothing; `recover` adds
 * what was found and takes nothing away; `keep` stops a loss from going on.
 */
export const stepKinds = [
  'look', 'ask', 'wait', 'recover', 'keep',
  'setting', 'reconnect', 'restart', 'clean', 'free-space', 'update', 'workaround', 'repair',
  'reinstall', 'reset', 'restore',
] as const; // prettier-ignore

export type Tree = (typeof trees)[number];
export type App = (typeof apps)[number];
export type Platform = (typeof platforms)[number];
export type Browser = (typeof browsers)[number];
export type Place = (typeof places)[number];
export type Severity = (typeof severities)[number];
export type CauseOwner = (typeof owners)[number];
export type Group = (typeof groups)[number];
export type StepKind = (typeof stepKinds)[number];
