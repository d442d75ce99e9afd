// Holiday notices, reports and answers of calendars that say so in no header, in the languages that are met most.

const NOTICE: readonly RegExp[] = [
  /^(?:automatic (?:reply|response)|auto(?:mated)?[ -]?(?:reply|response|responder)|out[ -]of[ -](?:the[ -])?office|ooo|(?:i am |i['’]m )?on vacation|vacation (?:reply|response|notice)|away (?:from|until))(?!\p{L})/iu,
  /^(?:automatische (?:antwort|abwesenheitsnotiz)|abwesenheits(?:notiz|meldung|nachricht|assistent)?|abwesend|außer haus|nicht im büro)(?!\p{L})/iu,
  /^(?:réponse automatique|absen(?:t|te|ce) du bureau|absence du bureau|message d['’]absence)(?!\p{L})/iu,
  /^(?:respuesta automática|fuera de (?:la )?oficina|ausente de la oficina)(?!\p{L})/iu,
  /^(?:risposta automatica|fuori (?:sede|ufficio)|assenza)(?!\p{L})/iu,
  /^(?:resposta automática|fora do escritório|ausência)(?!\p{L})/iu,
  /^(?:automatisch antwoord|afwezig(?:heid)?|niet op kantoor)(?!\p{L})/iu,
  /^(?:auto(?:matiskt )?svar|automatisk svar|frånvaro\p{L}*|frånvarande|fraværende|fravær|ikke på kontoret|ikke til stede)(?!\p{L})/iu,
  /^(?:automaattinen vastaus|poissa(?: toimistosta)?|lomalla)(?!\p{L})/iu,
  /^(?:automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|poza biurem|nieobecność)(?!\p{L})/iu,
  /^(?:automatická odpověď|automatická odpoveď|mimo kancelář|автоматический ответ|автоответ|автоматична відповідь|otomatik yanıt|ofis dışında|automatikus válasz|răspuns automat)(?!\p{L})/iu,
  /^(?:自動応答|自動返信|不在通知|自动回复|自動回覆|自動回復|外出|자동 (?:회신|응답)|부재중)/u,
  /^(?:undeliver(?:able|ed)|delivery (?:status notification|has failed|failure)|mail delivery (?:failed|failure|subsystem)|returned mail|failure notice|message not delivered|unzustellbar|nicht zustellbar|non remis|no se puede entregar|non recapitabile|não entregue|onbestelbaar|olevererbart|niedostarczone)(?!\p{L})/iu,
  // Calendars.
  /^(?:(?:tentatively )?accepted|declined|tentative|cancell?ed(?: event)?|(?:updated )?invitation|new time proposed|meeting (?:forward notification|cancell?ed))(?: with note)?\s?:/iu,
  /^(?:zugesagt|abgelehnt|mit vorbehalt|vorläufig zugesagt|abgesagt|(?:aktualisierte )?einladung|neuer zeitvorschlag|acceptée?|refusée?|provisoire|annulée?|aceptad[ao]|rechazad[ao]|provisional|cancelad[ao]|accettat[ao]|rifiutat[ao]|provvisori[ao]|annullat[ao]|aceit[ao]|aceite|recusad[ao]|provisóri[ao]|geaccepteerd|geweigerd|voorlopig|geannuleerd|accepterat|accepterad|avböjt|avböjd|preliminärt|inställt|accepteret|afvist|foreløbig|aflyst|akseptert|avslått|hyväksytty|hylätty|alustava|peruttu|zaakceptowano|odrzucono|wstępna akceptacja|anulowano|принято|отклонено|под вопросом|отменено)\s?:/iu,
  /^(?:承諾|辞退|仮承諾|已接受|已谢绝|暂定|수락|거절|미정)\s?[:：]/u,
];

/** Some say hello first. */
const HELLO = String.raw`^(?:[^.!:,]{0,40}[,!.]\s*){0,2}`;
const AWAY: readonly RegExp[] = [
  String.raw`(?:thank(?:s| you) for (?:your|the) (?:e-?mail|mail|message)[^.!]{0,40}[.!,]\s*)?(?:i am|i['’]m|i will be|i['’]ll be) (?:currently |presently |now )?(?:out of (?:the |my )?office|away (?:from|until|on)|on (?:annual |parental |maternity |sick )?(?:vacation|leave|holidays?)|travell?ing (?:until|with|and)|unavailable)`,
  String.raw`(?:vielen )?(?:dank für ihre (?:e-?mail|mail|nachricht)[^.!]{0,40}[.!,]\s*)?ich bin (?:.{0,60}\s)?(?:nicht im büro|außer haus|abwesend|im urlaub|in elternzeit|nicht erreichbar)`,
  String.raw`(?:merci pour votre (?:message|mail|courriel)[^.!]{0,40}[.!,]\s*)?je suis (?:.{0,60}\s)?(?:absent|absente|en congés?|en vacances|hors du bureau)`,
  String.raw`(?:estoy|estaré|me encuentro) (?:.{0,60}\s)?(?:fuera de (?:la )?oficina|de vacaciones|ausente)`,
  String.raw`(?:sono|sarò) (?:.{0,60}\s)?(?:fuori (?:sede|ufficio)|assente|in ferie)`,
  String.raw`(?:estou|estarei) (?:.{0,60}\s)?(?:fora do escritório|ausente|de férias)`,
  String.raw`ik ben (?:.{0,60}\s)?(?:afwezig|niet op kantoor|met vakantie|op vakantie|niet aanwezig)`,
  String.raw`(?:jag|jeg|eg) (?:är|er) (?:.{0,60}\s)?(?:på semester|på ferie|på kurs|bortrest|bortreist|bortrejst|inte på kontoret|ikke på kontoret|ikke til stede|föräldraledig)`,
  String.raw`(?:olen|tällä hetkellä olen) (?:.{0,60}\s)?(?:lomalla|poissa|vuosilomalla)`,
  String.raw`(?:jestem|przebywam) (?:.{0,60}\s)?(?:nieobecn\p{L}|poza biurem|na urlopie)`,
  String.raw`(?:я )?(?:нахожусь|в настоящее время|сейчас я|буду) (?:.{0,60}\s)?(?:в отпуске|отсутству\p{L}*|вне офиса)`,
  String.raw`(?:jsem|momentálně jsem) (?:.{0,60}\s)?(?:na dovolené|mimo kancelář|nepřítom\p{L}*)`,
].map((words) => new RegExp(HELLO + words, "iu"));
const LONGEST_LINE = 500;

/** Whether a subject is a notice's. */
export function isNotice(subject: string): boolean {
  const line = subject.trim().slice(0, LONGEST_LINE);
  return NOTICE.some((pattern) => pattern.test(line));
}

/** Whether somebody's program says that they are away. */
export function isAway(text: string): boolean {
  const line = text.slice(0, LONGEST_LINE);
  return AWAY.some((pattern) => pattern.test(line));
}
