import { build } from './shell/assets.ts';
