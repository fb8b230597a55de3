import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pageStyle } from '../status/page-style.ts';
import { pageWords } from '../status/page-words.ts';
import { statusPage } from '../status/page.ts';
import type { Context } from './context.ts';
import { addressOf } from './requests.ts';

const style = createHash('sha256').update(pageStyle).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The status for people. It is asked for when the app does not work, so it needs neither the app nor an account. */
export function registerStatusPage(app: FastifyInstance, context: Context): void {
  app.get<{ Querystring: { readonly lang?: unknown } }>('/status', async (request, reply) => {
    const { watch, allowance } = context.status;
    allowance.take(addressOf(request));
    const { lang } = request.query;
    const words = pageWords(typeof lang === 'string' ? lang : undefined, request.headers['accept-language']);
    const page = statusPage(await watch.answer(), words);
    return reply.headers({ 'content-security-policy': policy, 'content-language': words.language, vary: 'accept-language' }).type('text/html; charset=utf-8').send(page);
  });
}
