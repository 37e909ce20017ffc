// Serves www/ on this machine, cross-origin isolated, and prints the address. The environment variable PORT chooses the port.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { isolate } from './cross-origin-isolation.js';

const PORT = Number(process.env.PORT ?? 8080);

const files = sirv(fileURLToPath(new URL('../www', import.meta.url)), { dev: true, setHeaders: isolate });
const server = createServer((request, response) => files(request, response, () => response.writeHead(404).end()));
server.on('error', (error) => {
  if (error.code !== 'EADDRINUSE') throw error;
  console.error(`Port ${PORT} is in use: set PORT to another one, as in PORT=${PORT + 1} make serve.`);
  process.exitCode = 1;
});
server.listen(PORT, 'localhost', () => console.log(`http://localhost:${PORT}`));
