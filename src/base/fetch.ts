import { HoldfastError } from "./errors.ts";

/** The part of `fetch` that is used: one request, one answer, redirects are answers too. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * The `fetch` to use in this environment: Node's own, or where a proxy is named (`HTTPS_PROXY`,
 * `HTTP_PROXY`, `NO_PROXY`), one that goes through it. Node's own takes proxies from the environment only
 * when it was started with a flag, which a program cannot set for itself.
 */
export async function fetchFor(environment: NodeJS.ProcessEnv): Promise<Fetch> {
  const httpProxy = variable(environment, "http_proxy");
  const httpsProxy = variable(environment, "https_proxy") ?? httpProxy;
  if (httpProxy === undefined && httpsProxy === undefined) return fetch;
  const proxies = {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: variable(environment, "no_proxy") ?? "",
  };
  const undici = await import("undici");
  const dispatcher = makeAgent(() => new undici.EnvHttpProxyAgent(proxies));
  const throughProxy = undici.fetch as unknown as Fetch;
  return (url, init) => throughProxy(url, { ...init, dispatcher } as unknown as RequestInit);
}

/** In small letters, as curl does, else in capitals; an empty one counts as not given. */
function variable(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  return [environment[name], environment[name.toUpperCase()]].find(
    (value) => value !== undefined && value !== "",
  );
}

/** The address of a proxy may hold its password, so it is not repeated. */
function makeAgent<Agent>(make: () => Agent): Agent {
  try {
    return make();
  } catch {
    throw new HoldfastError({
      code: "CONFIG",
      message: "the address of a proxy in HTTPS_PROXY or HTTP_PROXY is not a URL",
      hint: "write it like http://proxy.example:3128, or unset the variable",
    });
  }
}
