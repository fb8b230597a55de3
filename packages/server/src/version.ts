/** Version of this server, as people are told it. */
export const SERVER_VERSION = '0.1.0';
