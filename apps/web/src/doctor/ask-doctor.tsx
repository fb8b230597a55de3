import type { JSX } from 'preact';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { useApp } from '../shell/app.ts';
import { Link } from '../shell/link.tsx';
import type { DoctorRoute } from '../shell/router.ts';
import type { WordKey } from '../words/en.ts';

/** What was typed is put right where it was typed. */
const TYPED = /^(?:invitation|handle|password|person)\.|^session\.(?:credentials|passkey|open)$/;

/** The way to the Doctor from a failure or an empty place, with what just happened and where. */
export function AskDoctor({ code = null, page = 'visit', label = 'doctor.findOut' }: { code?: FailureCode | null; page?: DoctorRoute['page']; label?: WordKey }): JSX.Element | null {
  const { words, router, sheets } = useApp();
  const route = router.route.value;
  // Whoever is there already is not sent there.
  if (route.at === 'doctor' || (code !== null && TYPED.test(code))) return null;
  return <Link to={{ at: 'doctor', page, code, conversation: route.at === 'conversation' ? route.id : null }} class="doctor-link" onFollow={sheets.close}>{words.t(label)}</Link>;
}
