import type { JSX } from 'preact';
import type { Conclusion } from '@earshot/doctor/engine/action.ts';
import { useDoctor } from './context.ts';
import { factsBeside, titleOfCause } from './knowing.ts';
import { Reasons, sureness } from './thinking.tsx';

/** What it is, as far as can be known here, and why; and where to go on from. */
export function ConclusionCard({ conclusion }: { conclusion: Conclusion }): JSX.Element {
  const { visit, knowledge, said } = useDoctor();
  const { how, suspects } = conclusion;
  const [first, ...others] = suspects;
  const cause = knowledge.causes.find(({ id }) => id === first?.cause);
  const facts = factsBeside(knowledge, [first?.cause ?? '', visit.session.value.symptom ?? '']);
  return (
    <section class="card conclusion" data-how={how} data-cause={first?.cause}>
      <h2>{said.t(how)}</h2>
      {cause === undefined ? null : (
        <>
          <p><strong>{said.say(cause.title)}</strong>{how === 'known' ? null : <span class="soft"> {sureness(first?.chance ?? 0, said)}</span>}</p>
          <p>{said.say(cause.explain)}</p>
          <p class="soft">{said.t(`owner_${cause.owner}`)}</p>
          <Reasons cause={cause.id} />
        </>
      )}
      {how === 'open' && others.length > 0 ? <ul class="reasons">{others.map((one) => <li key={one.cause}>{titleOfCause(knowledge, one.cause, said)} <span class="soft">{sureness(one.chance, said)}</span></li>)}</ul> : null}
      {facts.length > 0 ? <><h3>{said.t('alsoGood')}</h3>{facts.map((fact) => <p key={fact.id} class="small"><strong>{said.say(fact.title)}</strong> {said.say(fact.text)}</p>)}</> : null}
      <div class="doctor-answers">
        {how === 'cured' ? <button type="button" class="button" onClick={() => visit.tell({ kind: 'still-there' })}>{said.t('stillThere')}</button> : null}
        <button type="button" class="button primary" onClick={() => visit.startOver()}>{said.t('startOver')}</button>
      </div>
    </section>
  );
}
