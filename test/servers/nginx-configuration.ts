/** The loopback ports that nginx is to listen on. */
export interface NginxPorts {
  readonly port: number;
  readonly tlsPort: number;
}

const STATUSES = [204, 301, 302, 400, 401, 403, 404, 405, 410, 429, 500, 502, 503, 504];

const statusLocation = (status: number): string => {
  const redirection = status >= 300 && status < 400 ? " /small.txt" : "";
  return `    location = /status/${status} { return ${status}${redirection}; }`;
};

/**
 * The configuration of a nginx that needs no rights: one process in the foreground, every path inside its folder.
 *
 * - `/small.txt`, `/large.bin`, `/huge.bin`: files of 33 bytes, 300 KiB and 17 MiB, the connection kept open
 * - `/included.shtml`: server-side includes, hence in chunks
 * - `/closing/small.txt`: the same file, the connection closed
 * - `/status/N`: a few codes with nginx's own pages
 * - `/silent`: the connection is closed without an answer
 * - `/slow/large.bin`: 64 KiB at once, the rest at 64 KiB a second
 * - `/headers`: shows what came as Host and User-Agent
 * - `/limited`: refuses a body over 1 KiB with 413
 */
export const nginxConfiguration = ({ port, tlsPort }: NginxPorts): string => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;

events { worker_connections 1024; }

http {
  access_log off;
  default_type application/octet-stream;
  types { text/plain txt; text/html html shtml; }
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;

  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tlsPort} ssl;
    server_name localhost;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    root www;
    keepalive_timeout 30s;

    location = /included.shtml { ssi on; }
    location /closing/ { alias www/; keepalive_timeout 0; }
    location /slow/ { alias www/; limit_rate_after 64k; limit_rate 64k; }
    location = /silent { return 444; }
    location = /headers { return 200 "$host|$http_user_agent\\n"; }
    location = /limited { client_max_body_size 1k; proxy_pass http://127.0.0.1:${port}/small.txt; }
${STATUSES.map(statusLocation).join("\n")}
  }
}
`;
