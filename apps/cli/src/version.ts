/** Of the command, and of the app that came with it. */
export const version = '0.1.0';
