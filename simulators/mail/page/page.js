/** Lists the mails, newest first, shows the chosen one, and looks for new ones every second and a half. */
const REFRESH_MS = 1500;
const element = (id) => document.getElementById(id);
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

let mails = [];
let total = 0;
let shownId = null;

function chosenId() {
  return location.hash.slice(1) || null;
}

function row(mail, chosen) {
  const link = document.createElement('a');
  link.href = `#${mail.id}`;
  link.setAttribute('aria-current', String(mail.id === chosen));
  const add = (tag, className, text) => {
    const part = document.createElement(tag);
    part.className = className;
    part.textContent = text;
    link.append(part);
    return part;
  };
  add('span', 'subject', mail.subject || '(no subject)');
  add('time', '', time.format(new Date(mail.receivedAt))).dateTime = mail.receivedAt;
  add('span', 'to', mail.to);
  if (mail.sameMessageId > 1)
    add('span', 'twice', `${mail.sameMessageId}×`).title = `${mail.sameMessageId} mails have this Message-ID`;
  const item = document.createElement('li');
  item.append(link);
  return item;
}

function renderList() {
  const wanted = element('filter').value.trim().toLowerCase();
  const visible = mails.filter((mail) => `${mail.to} ${mail.subject}`.toLowerCase().includes(wanted));
  element('list').replaceChildren(...visible.map((mail) => row(mail, chosenId())));
  element('empty').hidden = total > 0;
  element('count').textContent = `${total} ${total === 1 ? 'mail' : 'mails'}`;
}

function showTab(name) {
  for (const tab of ['html', 'text']) {
    element(tab).hidden = tab !== name;
    element(`tab-${tab}`).setAttribute('aria-selected', String(tab === name));
  }
}

async function showChosen() {
  const id = chosenId();
  if (id === shownId) return;
  const response = id === null ? null : await fetch(`/api/messages/${encodeURIComponent(id)}`);
  const mail = response?.ok ? await response.json() : null;
  shownId = id;
  element('mail').hidden = mail === null;
  element('none').hidden = mail !== null;
  if (mail === null) return;
  element('subject').textContent = mail.subject || '(no subject)';
  element('from').textContent = mail.from;
  element('to').textContent = mail.to;
  element('received').textContent = dateAndTime.format(new Date(mail.receivedAt));
  element('message-id').textContent = mail.messageId;
  element('html').srcdoc = mail.html;
  element('text').textContent = mail.text;
  showTab(mail.html === '' ? 'text' : 'html');
}

async function refresh() {
  try {
    // The browser sends the ETag along; the answer is 304 while nothing is new.
    const response = await fetch('/api/overview', { cache: 'no-cache' });
    const overview = await response.json();
    if (overview.total !== total || mails.length === 0) {
      ({ items: mails, total } = overview);
      renderList();
    }
  } catch {
    element('count').textContent = 'The mail sink does not answer';
  }
  setTimeout(refresh, document.hidden ? REFRESH_MS * 4 : REFRESH_MS);
}

element('filter').addEventListener('input', renderList);
element('tab-html').addEventListener('click', () => showTab('html'));
element('tab-text').addEventListener('click', () => showTab('text'));
window.addEventListener('hashchange', () => {
  renderList();
  void showChosen();
});
await showChosen();
await refresh();
