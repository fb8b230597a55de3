import type { ProbeId, probes } from '@earshot/doctor/probes/catalogue.ts';

type Remedies = { readonly [P in ProbeId]?: { readonly [A in keyof (typeof probes)[P]['answers']]?: string } };

/** What to do about an answer on a machine with a command line, where that is more than the failure's own next step. */
const user: Remedies = {
  'name-resolution': {
    'no-such-name': 'Look whether the address is spelled as in your invitation. If it is, whoever runs the server has to enter the name with the provider of the domain.',
    'no-answer': 'Nobody answers when this machine asks for names: look whether it has a network at all, and which name servers it is told to ask.',
  },
  connecting: {
    refused: 'The machine is there, and nothing listens on this port: look at the port in the address, or tell whoever runs the server.',
    unreachable: 'No way leads there: look at the cable or the wireless network of this machine, and at its VPN.',
    silent: 'Nobody answers there: the machine is off, or a firewall swallows what is sent. Try another network to tell the two apart.',
  },
  certificate: {
    'ends-soon': 'Tell whoever runs the server: what renews the certificate does not run.',
    expired: 'Whoever runs the server has to renew the certificate. If others get through, look at the clock of this machine.',
    'not-yet-valid': 'The clock of this machine is behind: set date and time to automatic.',
    'self-signed': 'Nobody whom this machine trusts has signed the certificate. If the operator made it, name its root with NODE_EXTRA_CA_CERTS=FILE; if not, somebody listens in between.',
    'wrong-name': 'The address is not the one that the server is known by, or somebody else answers in its place.',
    none: 'Everybody on the way can read along, and phones give no microphone to such an address. Ask for one that begins with https.',
  },
  proxy: {
    passes: 'A proxy stands between here and the server. If sound does not pass, ask whoever runs it to leave this address alone.',
    refuses: 'Earshot connects directly, and this network lets nobody out without its proxy: ask whoever runs it to let this address through.',
  },
  'server-reach': { foreign: 'Look whether the address is that of an Earshot server. If it is, something on the way answers in its place.' },
  'sign-in': { 'signed-out': 'Join with an invitation, or sign in with `earshot login`.', revoked: 'Sign in again with `earshot login`: what waits to be sent is kept.' },
  'live-connection': { stopped: 'Something on the way stops the open connection. Earshot asks for news instead: everything arrives, a moment later.' },
  throughput: { later: 'What you say arrives after a wait. Nothing is lost by it.', poor: 'Find a better network: a sentence takes minutes on this one. It is kept and goes out all the same.' },
  'packet-loss': { uneven: 'Some requests come late: come closer to the router, or use a cable.', lossy: 'Much is lost on the way: come closer to the router, use a cable or another network.' },
  'waiting-messages': { waiting: 'They go out with the next command that reaches the server: `earshot outbox retry`.', refused: 'See why with `earshot outbox`, then send again or give up.' },
  'storage-room': { low: 'Free some room before you record for long.' },
  'storage-writing': { refused: 'Give this user the right to write in the folder of the profile, or name another one with --profile.', damaged: 'The database of this profile cannot be read. Set the folder aside, keep it, and sign in again with `earshot login`.' },
  'audio-tools': { missing: 'Ogg Opus and WAV are read without it. For other formats install ffmpeg, or say where it is with EARSHOT_FFMPEG.' },
};

const operator: Remedies = {
  ...user,
  'data-folder': {
    missing: 'Name the folder with --data. A first start of `earshot serve` makes it.',
    unwritable: 'Give the user of the server the right to write there: chown, or another user in the service.',
    open: 'Other users of this machine may look into it. Close it to them: chmod 700.',
  },
  'server-disk': { low: 'Make room, or move the folder to a larger disk, while there is time.', full: 'Make room: new messages wait on the devices until then.' },
  database: {
    damaged: 'Run `earshot check`: it says what is damaged and what can be mended.', missing: 'There is sound, and no database that knows whose it is: restore the data folder from a backup.', newer: 'Install the version that wrote it, or a newer one.',
  },
  clock: { behind: 'The clock was set back: the data is from its future. Let the machine keep its time by itself (timedatectl set-ntp true).' },
  'server-reach': {
    ...user['server-reach'], down: 'Start it with `earshot serve`, or look why the service ended: `journalctl -u earshot`.', unreachable: 'Look whether the proxy in front of the server runs, and whether the address leads to this machine.', portal: 'Something else answers at this address: look at the proxy and at where the name leads.',
  },
  'server-status': { incident: 'The status page says which part is ill: `earshot status`.', trouble: 'The status page says which part it is: `earshot status`.', full: 'Make room: new messages wait on the devices until then.' },
  certificate: {
    'ends-soon': 'What renews the certificate does not run: look at the log of the proxy, and at port 80, which renewing needs.', expired: 'Renew the certificate: nobody gets through. Look at the log of what should have renewed it.', 'not-yet-valid': 'The certificate begins in the future: look at the clock of this machine, and of the one that made it.',
    'self-signed': 'Phones and browsers do not believe this certificate. Take one that everybody believes: see HTTPS in docs/operating.md.', 'wrong-name': 'The certificate is for another name than --origin says.', none: 'Phones and other computers give no microphone without https: see HTTPS in docs/operating.md.',
  },
  backup: { failing: 'The last backup could not be made: `earshot status` says why. Make one by hand with `earshot backup --server`.', 'none-known': 'Make backups with `earshot backup --server`, and try to restore one once: see Backup in docs/operating.md.', old: 'The last backup is old: look whether what makes them still runs.' },
  'push-service': { off: 'Closed apps are not woken: messages are seen when the app is opened. `--push on` changes it.', failing: 'Push services cannot be reached: let this machine reach the internet by https on port 443.' },
  limits: { near: 'Somebody has nearly used up the room of an account: `earshot accounts`.', reached: 'Somebody has used up the room of an account and can send nothing more.' },
};

export type Side = 'user' | 'operator';

export function remedyOf(side: Side, probe: ProbeId, answer: string): string | null {
  const answers: Readonly<Record<string, string | undefined>> = (side === 'user' ? user : operator)[probe] ?? {};
  return answers[answer] ?? null;
}
