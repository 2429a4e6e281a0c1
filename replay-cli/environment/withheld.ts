/** A variable of the developer's own that a replayed service does not get, and why. */
export interface WithheldVariable {
  readonly name: string;
  readonly why: 'cloud credentials' | 'token or secret' | 'cluster access' | 'URL with a password';
}

type Why = WithheldVariable['why'];

/** Names in capitals; the first rule that fits tells why. */
const rules: readonly (readonly [pattern: RegExp, why: Why])[] = [
  [/^KUBE_?CONFIG$|^KUBERNETES_|^KUBE_|^HELM_KUBE|^OC_|^TELEPORT_/, 'cluster access'],
  [/^AWS_(?!(DEFAULT_)?REGION$|PAGER$|DEFAULT_OUTPUT$|CA_BUNDLE$)/, 'cloud credentials'],
  [
    /^(GOOGLE_.*CREDENTIALS.*|GCLOUD_.*|CLOUDSDK_(?!CORE_CUSTOM_CA_CERTS_FILE$).*|GOOGLE_OAUTH_.*)$/,
    'cloud credentials',
  ],
  [
    /^(AZURE|ARM|ALIBABA_CLOUD|ALICLOUD|OCI|OS|DIGITALOCEAN|HCLOUD|SCW|LINODE|CLOUDFLARE|CF)_/,
    'cloud credentials',
  ],
  [/^(VAULT|CONSUL|NOMAD)_/, 'token or secret'],
  [
    /^(SSH_AUTH_SOCK|GPG_AGENT_INFO|DOCKER_CONFIG|DOCKER_AUTH_CONFIG|NETRC|PGPASSFILE|NPM_CONFIG_USERCONFIG)$/,
    'token or secret',
  ],
  [
    /(^|_)(TOKENS?|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PGPASSWORD|CREDENTIALS?|PAT|AUTH)(_|$)/,
    'token or secret',
  ],
  [
    /(API|ACCESS|PRIVATE|SIGNING|ENCRYPTION|SECRET|ACCOUNT|MASTER|LICENSE)_?KEY(_|$)|PASSWORD$|TOKEN$|SECRET$/,
    'token or secret',
  ],
];

/** A URL whose user information holds a password (RFC 3986 section 3.2.1). */
const passwordInUrl = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i;

/** Which variables are withheld from a replayed service, by name. Only their names leave this function. */
export function withheldVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly WithheldVariable[] {
  const withheld: WithheldVariable[] = [];
  for (const name of Object.keys(env).toSorted()) {
    const why = reason(name, env[name] ?? '');
    if (why !== undefined) withheld.push({ name, why });
  }
  return withheld;
}

function reason(name: string, text: string): Why | undefined {
  const capitals = name.toUpperCase();
  const rule = rules.find(([pattern]) => pattern.test(capitals));
  if (rule !== undefined) return rule[1];
  return passwordInUrl.test(text) ? 'URL with a password' : undefined;
}
