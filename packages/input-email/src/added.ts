import { isRuled } from "./quotes.ts";

// What accounts and gateways add to each mail, in the languages that are met most. Every pattern begins where the line does:
// words of a command never do so.

const PHONE: readonly RegExp[] = [
  /^(?:sent|gesendet|verschickt|versendet|envoyé|enviad[oa]|inviat[oa]|verzonden|verstuurd|skickat|skickad|sendt|wysłan[oae]|lähetetty|odesláno|poslano|отправлено|надіслано|küldve)\s.{0,20}?(?:from|via|with|using|by|von|mit|über|aus|depuis|de|à partir de|avec|desde|con|tramite|do|da|dal|com|vanaf|vanuit|van|met|från|med|fra|z|ze|za pomocą|с|из|со|з|az?)\s.{1,80}$/iu,
  /^(?:sent|lähetetty|odesláno|gönderildi)\s(?:iphone|ipad|android|outlook|galaxy|samsung)\S{0,10}.{0,40}$/iu,
  /^(?:von|vom|mit|diese (?:nachricht|e-?mail|mail) wurde (?:von|mit)).{1,80}\s(?:gesendet|verschickt|versendet)\.?$/iu,
  /^(?:my |mein |mijn )?(?:iphone|ipad|android|samsung|galaxy|outlook|telefon)\S{0,12}.{0,40}(?:gönderildi|から送信|에서 보냄|küldve)\.?$/iu,
  /^(?:发自|發自|从我的|從我的|나의|내).{1,30}$/u,
  /^(?:get|download|obtenir|télécharge[rz]|obtener|obtenga|descargar|scarica|ottieni|obter|obtenha|baixar|hämta|skaffa|hent|last ned|få|hanki|lataa|pobierz|stáhnout|získat|получить|получите|скачать|下载|获取|取得)\s.{0,30}(?<!\S)outlook\s.{0,30}(?:android|ios)(?!\p{L}).{0,80}$/iu,
  /^outlook (?:für|voor|for).{1,40}(?:beziehen|herunterladen|holen|downloaden|を入手|下载).{0,80}$/iu,
  /^(?:android|ios) için outlook.{0,80}$/iu,
  /^yahoo mail\s?[:–-].{1,80}$/iu,
  /^(?:please |pls )?(?:excuse|pardon|forgive)\s.{0,20}(?:brevity|typos?|spelling|shortness).{0,40}$/iu,
];

const outside =
  "external|extern|externe|externer|externes|externo|externa|esterno|esterna|zewnętrzn|внешн|ekstern|ulkoinen|外部|외부";
const mail =
  "e-?mail|mail|message|sender|nachricht|absender|courriel|expéditeur|correo|mensaje|remitente|messaggio|mittente|mensagem|bericht|afzender|meddelande|avsändar|besked|afsender|viesti|wiadomoś|nadawc|письм|отправител|邮件|メール|메일";
const BANNER: readonly RegExp[] = [
  // A mark by itself: [EXTERNAL], *** Extern ***, EXTERNAL EMAIL:
  new RegExp(
    `^[^\\p{L}]{0,12}(?:ext|${outside})(?:[\\s/-]+(?:${mail}|origin|source|from outside))?[^\\p{L}]{0,12}$`,
    "iu",
  ),
  new RegExp(
    `^[^\\p{L}]{0,8}(?:caution|warning|attention|important|notice|achtung|vorsicht|warnung|hinweis|attenzione|atención|advertencia|precaución|atenção|aviso|let op|waarschuwing|varning|obs|advarsel|uwaga|varoitus|huomio|внимание|upozornění|dikkat|figyelem|警告|注意|주의|${outside}|external e-?mail)\\s?[:!.：！–—-].{0,60}(?:${mail}|${outside})`,
    "iu",
  ),
  /^(?:this|the) (?:e-?mail|message|mail|sender|communication).{0,80}(?:outside|external|could not be verified|not verified)/iu,
  /^(?:diese|die) (?:e-?mail|mail|nachricht).{0,80}(?:extern|außerhalb)/iu,
  /^(?:ce (?:message|courriel|mail)|cet e-?mail|cette adresse).{0,80}(?:extern|extérieur)/iu,
  /^(?:este (?:mensaje|correo|e-?mail)|esta mensagem).{0,100}(?:extern|fuera de|fora da)/iu,
  /^(?:questo messaggio|questa (?:e-?)?mail|questa e-?mail).{0,80}estern/iu,
  /^(?:deze (?:e-?)?mail|dit bericht).{0,80}(?:extern|buiten)/iu,
  /^(?:detta (?:mejl|e-post|meddelande)|denne (?:e-?mail|e-?post|besked)|tämä (?:viesti|sähköposti)|ta wiadomość|это письмо|tato zpráva|bu e-posta).{0,80}(?:extern|ekstern|utanför|udefra|ulkopuol|zewn|извне|внешн|mimo|dışar|dış )/iu,
  /^(?:please )?(?:do not|don['’]t|never) (?:click|open|reply)\s.{0,30}(?:links?|attachments?|unless)/iu,
  /^(?:klicken sie (?:nicht|keine)|öffnen sie keine|ne cliquez (?:pas|sur aucun)|no (?:haga|hagas) clic|non (?:cliccare|fare clic)|não clique|klik niet|klicka inte|klik ikke|ikke klikk|älä (?:klikkaa|avaa)|nie klikaj|не переходите|не нажимайте|neklikejte)(?!\p{L})/iu,
  /^(?:you don['’]t often get e?-?mail from|some people who received this message don['’]t often|sie erhalten nicht (?:oft|häufig) e-?mails? von|vous n['’](?:obtenez|avez|recevez) pas souvent|no suele recibir|non si ricevono spesso|u (?:krijgt|ontvangt) niet vaak|não (?:costuma|recebe).{0,20}e-?mail)/iu,
  /^(?:learn why this is important|erfahren sie, warum dies wichtig ist|découvrez pourquoi)/iu,
  /^[-#\s]*(?:please )?(?:type your reply|reply|write|respond) above this line[-#\s]*$/iu,
];

const FOOTER: readonly RegExp[] = [
  /^[^\p{L}]{0,8}(?:confidential(?:ity)?(?: notice)?|disclaimer|legal notice|privileged(?: (?:and|&) confidential)?|aviso (?:legal|de confidencialidad)|avis de confidentialité|vertraulichkeitshinweis|haftungsausschluss|avviso di riservatezza)\s?(?:[:.!–—*-]|$)/iu,
  /^(?:this|the) (?:e-?mail|mail|message|communication|transmission|information|content|contents).{0,160}(?:confidential|intended|privileged|virus|scanned|checked|copyright)/iu,
  /^(?:if you (?:are not|have received|received) th|any (?:views|opinions) (?:expressed|or)|please (?:consider|think).{0,40}(?:environment|print)|think before (?:you )?print|virus-?free|scanned by|checked by)/iu,
  /^(?:diese|der inhalt|die in dieser|dieses).{0,160}(?:vertraulich|viren|bestimmt)/iu,
  /^(?:ce (?:message|courriel|mail)|cet? e-?mail|les informations).{0,160}(?:confidentiel|destin|virus)/iu,
  /^(?:este (?:mensaje|correo|e-?mail)|esta (?:mensagem|comunicación)|la información).{0,160}(?:confidencial|dirigid|destinad|virus|vírus)/iu,
  /^(?:questo messaggio|questa (?:e-?)?mail|il presente messaggio|le informazioni).{0,160}(?:riservat|confidenzial|destinat|virus)/iu,
  /^(?:dit (?:bericht|e-?mailbericht)|deze (?:e-?)?mail|de informatie).{0,160}(?:vertrouwelijk|bestemd|virus)/iu,
  /^(?:detta (?:mejl|e-post|meddelande)|denne (?:e-?mail|e-?post|meddelelse|besked|meldingen)|tämä (?:viesti|sähköposti)).{0,160}(?:konfidentiell|avse|fortrolig|beregnet|konfidensiel|luottamuksell|virus)/iu,
  /^(?:ta wiadomość|niniejsza wiadomość|tato zpráva|данное|это|bu e-posta).{0,160}(?:poufn|przeznacz|důvěrn|конфиденциал|gizli)/iu,
  /^(?:本邮件|此邮件|本郵件|このメール|本メール|이 메일).{0,120}(?:机密|保密|機密|秘密|기밀)/u,
];
/** The mark that a gateway puts before a line, or a subject. */
export const TAG: RegExp =
  /(?:\[\s*\W{0,3}(?:ext|external|extern|externe?[rs]?|externo|esterno|ekstern|caution|warning|suspicious|spam|外部)\b[^\]]{0,40}\]|external:|extern:)\s*/iu;
const TAGS = new RegExp(`^(?:${TAG.source})+`, "iu");
const PICTURE =
  /^\[(?:image|cid|bild|imagen|imagem|immagine|afbeelding|inline image)\s?:[^\]]*\](?:\s?<[^>]*>)?$/iu;
const LONGEST_LINE = 500;

/** A phone's signature: a line by itself, which the person did not type. */
export function isPhone(line: string): boolean {
  return line.length <= 160 && PHONE.some((pattern) => pattern.test(line));
}

/** A warning that a gateway wrote, or the place of a picture. */
export function isBanner(line: string): boolean {
  const said = line.slice(0, LONGEST_LINE);
  return PICTURE.test(said) || BANNER.some((pattern) => pattern.test(said)) || isRuled(said, /.*/u);
}

/** What lawyers, and virus scanners, write below. */
export function isFooter(line: string): boolean {
  return FOOTER.some((pattern) => pattern.test(line.slice(0, LONGEST_LINE)));
}

/** A line without the mark that a gateway put before it. */
export function withoutTag(line: string): string {
  return line.replace(TAGS, "");
}
