import { chmodSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import {
  freePort,
  makeCerts,
  type Process,
  ready,
  removeDir,
  serverOrSkip,
  startProcess,
  tempDir,
  unprivileged,
  which,
} from "./lib.ts";

/** Why tests that need InspIRCd are skipped; undefined when it is there. */
export const noInspircd: string | undefined = await serverOrSkip({
  inspircd: "inspircd",
  openssl: "openssl",
});

/** Why tests that need services are skipped; undefined when they are there. */
export const noAtheme: string | undefined = await serverOrSkip({
  inspircd: "inspircd",
  openssl: "openssl",
  "atheme-services": "atheme-services",
});

export interface InspircdOptions {
  /** Accounts (name: password) of Atheme services, which are started for them; SASL needs them too. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Modules to leave out, as `ircv3_accounttag`. */
  readonly without?: readonly string[];
  /** Flood control: attributes of `<connect>`. */
  readonly flood?: string;
}

export interface Inspircd {
  readonly port: number;
  readonly tlsPort: number;
  /** The CA that its certificate is signed by, PEM. */
  readonly ca: string;
  log(): string;
  /** Ends the services only: SASL is no longer offered. */
  stopServices(): Promise<void>;
  stop(): Promise<void>;
}

const MODULES =
  `cap ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_ctctags ircv3_echomessage ircv3_invitenotify
  ircv3_labeledresponse ircv3_msgid ircv3_servertime namesx uhnames monitor services_account botmode ssl_gnutls sslinfo
  spanningtree chghost setname sasl`.split(/\s+/u);
const NO_FLOOD_CONTROL = 'threshold="500" commandrate="100000" fakelag="no"';
const LINK = `<link name="services.test" ipaddr="127.0.0.1" port="LINKPORT" allowmask="127.0.0.1/32" sendpass="linkpw" recvpass="linkpw">
<uline server="services.test" silent="yes">
<sasl target="services.test" requiressl="no">
<bind address="127.0.0.1" port="LINKPORT" type="servers">`;

/** InspIRCd 3: IRCv3, and with accounts, Atheme services. An operator is `OPER root operpw`. */
export async function startInspircd(options: InspircdOptions = {}): Promise<Inspircd> {
  const { accounts, without = [], flood = NO_FLOOD_CONTROL } = options;
  const dir = tempDir("inspircd");
  const [port, tlsPort, linkPort] = [await freePort(), await freePort(), await freePort()];
  const { ca, certFile, keyFile } = makeCerts(dir, ["localhost"]);
  // m_sasl does not load without a server to ask.
  const modules = MODULES.filter((name) => !without.includes(name) && (accounts || name !== "sasl"));
  const config = join(dir, "inspircd.conf");
  writeFileSync(
    config,
    `<server name="irc.test" description="test" network="TestNet" id="1AA">
<admin name="a" nick="a" email="a@example.org">
<bind address="127.0.0.1" port="${port}" type="clients">
<bind address="127.0.0.1" port="${tlsPort}" type="clients" sslprofile="srv">
<sslprofile name="srv" provider="gnutls" certfile="${certFile}" keyfile="${keyFile}" hash="sha256">
<path configdir="${dir}" datadir="${dir}" logdir="${dir}" runtimedir="${dir}">
<pid file="${dir}/inspircd.pid">
<log method="file" target="/dev/stdout" type="* -USERINPUT -USEROUTPUT" level="default" flush="1">
<files motd="${dir}/motd">
<connect name="main" allow="*" timeout="20" pingfreq="120" hardsendq="1M" softsendq="64K" recvq="64K" localmax="500" globalmax="500" maxchans="500" resolvehostnames="no" useident="no" maxconnwarn="no" ${flood}>
<options prefixquit="Quit: " splitwhois="no" syntaxhints="no" cyclehostsfromuser="no" defaultmodes="not">
<performance softlimit="1000" netbuffersize="10240" somaxconn="128" nouserdns="yes">
<security hideserver="" maxtargets="20">
<limits maxnick="31" maxchan="64" maxmodes="20" maxident="11" maxquit="255" maxtopic="307" maxkick="255" maxreal="128" maxaway="200" maxline="512">
${modules.map((name) => `<module name="${name}">`).join("\n")}
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="NetAdmin" classes="all">
<oper name="root" password="operpw" host="*@*" type="NetAdmin">
${accounts ? LINK.replaceAll("LINKPORT", String(linkPort)) : ""}
`,
  );
  writeFileSync(join(dir, "motd"), "hello\n");
  chmodSync(dir, 0o777);
  const args = [`--config=${config}`, "--nofork"];
  const server = startProcess("inspircd", which("inspircd")!, args, { dir, ...unprivileged() });
  // Its ports open before its modules have read their settings, so an open port says too little.
  await ready(server, () => server.log().includes("is now running as"));
  const services = accounts && (await startAtheme(dir, linkPort));
  for (const [name, password] of Object.entries(accounts ?? {})) await registerAccount(port, name, password);
  return {
    port,
    tlsPort,
    ca,
    log: () => server.log(),
    async stopServices() {
      // Killed, not stopped: after a last word from services InspIRCd may overlook that the connection has ended.
      await services?.kill();
      // The name is in bold.
      await ready(server, () => /services\.test\W+split/u.test(server.log()));
    },
    async stop() {
      await services?.stop();
      await server.stop();
      removeDir(dir);
    },
  };
}

async function startAtheme(dir: string, linkPort: number): Promise<Process> {
  const modules =
    "protocol/inspircd backend/opensex nickserv/main nickserv/identify nickserv/logout nickserv/register nickserv/cert saslserv/main saslserv/plain saslserv/external operserv/main";
  const config = join(dir, "atheme.conf");
  writeFileSync(
    config,
    `${modules
      .split(" ")
      .map((name) => `loadmodule "modules/${name}";`)
      .join("\n")}
serverinfo {
  name = "services.test"; desc = "services"; numeric = "00A"; recontime = 1; netname = "TestNet";
  adminname = "a"; adminemail = "a@example.org"; registeremail = "a@example.org"; auth = none; mta = "/bin/false";
  loglevel = { error; info; debug; }; maxlogins = 50; maxusers = 50; mdlimit = 30; emaillimit = 10; emailtime = 300;
  casemapping = rfc1459; hidehostsuffix = "users.test";
};
uplink "irc.test" { host = "127.0.0.1"; port = ${linkPort}; send_password = "linkpw"; receive_password = "linkpw"; };
nickserv { nick = "NickServ"; user = "NickServ"; host = "services.test"; real = "n"; };
saslserv { nick = "SaslServ"; user = "SaslServ"; host = "services.test"; real = "s"; };
operserv { nick = "OperServ"; user = "OperServ"; host = "services.test"; real = "o"; };
general { join_chans = no; leave_chans = no; commit_interval = 5; };
`,
  );
  const files = ["-c", config, "-D", dir, "-l", join(dir, "atheme-own.log"), "-p", join(dir, "atheme.pid")];
  const services = startProcess("atheme", which("atheme-services")!, ["-n", ...files], {
    dir,
    ...unprivileged(),
  });
  await ready(services, () => /synch/iu.test(services.log()));
  return services;
}

// As a person does it: takes the nick and tells NickServ.
function registerAccount(port: number, name: string, password: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = net.connect(port, "127.0.0.1");
  let seen = "";
  let asked = false;
  const late = setTimeout(() => reject(new Error(`NickServ did not register ${name}:\n${seen}`)), 10_000);
  socket.on("error", reject);
  socket.on("data", (chunk) => {
    seen += chunk;
    const ping = /^PING (.*)$/mu.exec(String(chunk));
    if (ping) socket.write(`PONG ${ping[1]}\r\n`);
    if (!asked && seen.includes(" 001 ")) {
      asked = true;
      socket.write(`PRIVMSG NickServ :REGISTER ${password} person@example.org\r\n`);
    }
    if (seen.includes("is now registered to")) resolve();
  });
  socket.write(`NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`);
  return promise.finally(() => {
    clearTimeout(late);
    socket.destroy();
  });
}
