/** The texts of the help in English. */
export const ENGLISH_HELP = {
  program:
    "Keeps the state of an app alive on hosts that wipe their disk: saves folders as encrypted, deduplicated snapshots in restic's format, and restores them.",
  usage: "[options] <command>",
  example: "Example:",
  exitStatus: `Exit status:
  0    done
  1    failed
  2    wrong use or configuration
  3    nothing saved yet, or logged out of a watched site
  4    store unreachable or refused
  5    data damaged
  6    locked by another writer
  130  interrupted (143: terminated)`,

  options: {
    store: "where snapshots are kept: a folder or a URL",
    state: "folder whose content is the state (repeatable)",
    json: "print the result as JSON",
    quiet: "print nothing but errors, warnings and what was asked for",
    verbose: "print more about what happens",
    lang: "language of the messages",
    help: "show this help",
    version: "print the version",
    tag: "tag of the new snapshot (repeatable)",
    exclude: "leave out what matches, as in .gitignore (repeatable)",
    include: "save only files that match (repeatable)",
    freeze: "stop the app for a moment, so that all is of one instant: auto, always or never",
    maxPause: "longest stop in milliseconds; a longer one is given up and tried again (default: 500)",
    only: "only a part of the state: the cookies of its browser profiles, a few KB",
    wholeProfiles: "save browser profiles with their caches and locks too",
    sessionCookies:
      "keep: browsers bring their session cookies and tabs back; browser: as they do by themselves (default)",
    allowShrink: "take an empty or much smaller state for the good one",
    to: "restore into this folder instead",
    force: "replace a folder that holds something else",
    fallback: "when the snapshot is damaged, take the newest older one that is whole",
    profiles: "show the browser profiles: in the state, or in the snapshot if one is named",
    recursive: "show what is in the folders too",
    usage: "also show how much is stored, and how much of what was removed is still kept",
    readData: "read all data and check every byte",
    keepLast: "keep the newest n",
    keepHourly: "keep the newest of each of the last n hours that have one",
    keepDaily: "keep the newest of each of the last n days that have one",
    keepWeekly: "keep the newest of each of the last n weeks that have one",
    keepMonthly: "keep the newest of each of the last n months that have one",
    keepYearly: "keep the newest of each of the last n years that have one",
    keepWithin: "keep all that are at most this much older than the newest: 36h, 14d, 1y6m",
    keepTag: "keep all with this tag (repeatable)",
    groupBy: "count snapshots of equal host, paths or tags together (default: paths)",
    dryRun: "say what would be done, and do nothing",
    prune: "remove the data that nothing needs any more too",
    maxUnused: "leave unneeded data up to this part of the needed (default: 5%), or unlimited",
    local: "the state on this machine",
    remote: "all snapshots in the store",
    yes: "do not ask",
    newPasswordFile:
      "file whose first line is the new password (env: HOLDFAST_NEW_PASSWORD is the password itself)",
    all: "remove all locks, also of writers that may be alive",
  },

  values: {
    snapshot: "id, start of an id, or latest",
    snapshotToList: "id, start of an id, or latest (needed without --profiles)",
    snapshotOrLatest: "id, start of an id, or latest (default: latest)",
    snapshotBeside: "id or start of an id (default: the newest one beside, if newer than the good ones)",
    path: "folder or file in the snapshot",
    ids: "snapshots to forget",
    key: "id of the key, as 'key list' shows it",
    shell: "bash, zsh or fish",
  },

  commands: {
    save: "save the state as a new snapshot",
    restore: "bring the state of a snapshot back",
    snapshots: "list the snapshots",
    adopt: "make a snapshot that is kept beside the good ones the good state",
    ls: "list what is in a snapshot, or the browser profiles of the state",
    diff: "show what differs between two snapshots",
    check: "check that everything saved can be restored",
    forget: "remove snapshots, by name or by rules",
    prune: "remove data that no snapshot needs",
    clear: "remove the state, here or in the store or both",
    cookies: "export, import and watch the cookies of browsers",
    key: "manage the passwords of the store",
    unlock: "remove locks that dead writers left",
    completion: "print a script that completes commands in a shell",
  },

  keyCommands: {
    list: "list the keys",
    add: "add a password beside the ones that are there",
    remove: "remove a password",
    passwd: "replace the password that is used now",
  },

  keyExamples: {
    list: "holdfast key list",
    add: "holdfast key add --new-password-file second-password",
    remove: "holdfast key remove 3fa9c1d2",
    passwd: "HOLDFAST_NEW_PASSWORD='a better one' holdfast key passwd",
  },

  examples: {
    program: "holdfast save --state data && rm -r data && holdfast restore --state data",
    save: "holdfast save --state data --exclude '*.log' --tag nightly",
    restore: "holdfast restore latest --to /tmp/yesterday",
    snapshots: "holdfast snapshots --json",
    adopt: "holdfast adopt 3fa9c1d2",
    ls: "holdfast ls latest --recursive",
    diff: "holdfast diff 3fa9c1d2 latest",
    check: "holdfast check --read-data",
    forget: "holdfast forget --keep-last 10 --keep-daily 14 --prune",
    prune: "holdfast prune --max-unused 0",
    clear: "holdfast clear --local --yes",
    cookies: "holdfast cookies status --watch example.com",
    key: "holdfast key list",
    unlock: "holdfast unlock",
    completion: "source <(holdfast completion bash)",
  },
};
