import { nextNews } from '../../live/next-news.ts';
import { sync as catchUp } from '../../logs/read.ts';
import { type Handler, Json } from '../context.ts';

export const sync: Handler<'sync'> = async ({ ports, hub }, { session, body }) => {
  // Listened before it was looked: what happens in between is not missed.
  const news = body.wait === undefined ? null : nextNews(ports, hub, session, body.wait);
  try {
    const { logs, fresh, more } = await catchUp(ports, session, body);
    if (news !== null && !fresh && !more) await news.heard;
    const frames = news === null ? '' : `,"frames":[${news.frames.join(',')}]`;
    return new Json(`{"logs":${logs},"more":${more},"now":${ports.clock.now()},"retention":${JSON.stringify(ports.retention)}${frames}}`);
  } finally {
    news?.stop();
  }
};
