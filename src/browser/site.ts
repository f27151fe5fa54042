/** Whether a host belongs to a site such as `https://example.com`. */
export function isWithinSite(host: string, site: string): boolean {
  const siteHost = hostOfSite(site);
  return host === siteHost || host.endsWith(`.${siteHost}`);
}

function hostOfSite(site: string): string {
  return URL.canParse(site) ? new URL(site).hostname : site;
}

/** The site without a port, as Chromium names it; Firefox keeps the port where a host has no domain. */
export function withoutPort(site: string): string {
  if (!URL.canParse(site)) return site;
  const { protocol, hostname } = new URL(site);
  return `${protocol}//${hostname}`;
}
