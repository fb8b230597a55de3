import type { Handler } from '../context.ts';

export const status: Handler<'status'> = ({ status: { watch, allowance } }, { address }) => {
  allowance.take(address);
  return watch.answer();
};
