// Names that Outlook, Exchange, Gmail, Yahoo, Thunderbird, Apple Mail, Roundcube, Zimbra, Horde and others give their
// special folders. A word that means two uses in two languages, or that people call folders of their own, stays out.
#include <array>

#include "engine/sync/special_use.h"

namespace godwit::sync {
namespace {

constexpr auto all = std::to_array<std::string_view>({
    "All Mail", "All", "All Messages", "All Email", "AllMail",
    "Alle Nachrichten", "Alle E-Mails",                                        // German
    "Tous les messages", "Todos los mensajes", "Todos los correos",            // French, Spanish
    "Tutti i messaggi", "Tutta la posta",                                      // Italian
    "Todos os e-mails", "Todas as mensagens", "Todo o correio",                // Portuguese
    "Alle e-mail", "Alle berichten", "Cała poczta", "Wszystkie wiadomości",    // Dutch, Polish
    "Вся почта", "Все письма", "Вся пошта", "Уся пошта",                       // Russian, Ukrainian
    "All e-post", "Alla mail", "Alla meddelanden",                             // Norwegian, Swedish
    "Alle mails", "Alle meddelelser", "Alle beskeder", "Kaikki viestit",       // Danish, Finnish
    "Všechny zprávy", "Všetky správy", "Összes levél", "Minden levél",         // Czech, Slovak, Hungarian
    "Toate mesajele", "Tüm Postalar", "Tüm İletiler",                          // Romanian, Turkish
    "Όλα τα μηνύματα", "Όλη η αλληλογραφία",                                   // Greek
    "すべてのメール", "所有邮件", "所有郵件", "全部邮件", "全部郵件",          // Japanese, Chinese
    "전체보관함", "전체 메일", "모든 메일",                                    // Korean
});

constexpr auto archive = std::to_array<std::string_view>({
    "Archive", "Archives", "Archived", "Archived Messages", "Archived Mail", "In-Place Archive", "Online Archive",
    "Archiv", "Archivierte Nachrichten",                                       // German, Czech
    "Archivé", "Messages archivés", "Archivo", "Archivado", "Archivados",      // French, Spanish
    "Archivar", "Mensajes archivados", "Archivio", "Archiviati",               // Italian
    "Arquivo", "Arquivo Morto", "Arquivadas",                      // Portuguese
    "Arxiu", "Arhivă", "Arhiva", "Arhiv",                                      // Catalan, Romanian, Croatian, Slovenian
    "Archief", "Gearchiveerd", "Archiwum", "Zarchiwizowane",                   // Dutch, Polish
    "Архив", "Архивы", "Архів", "Архіви",                                      // Russian, Ukrainian
    "Arkiv", "Arkiverat", "Arkivert", "Arkiveret", "Arkisto",                  // Swedish, Norwegian, Danish, Finnish
    "Archív", "Archivovat", "Archivum", "Archívum",                            // Slovak, Hungarian
    "Arşiv", "Αρχείο", "Αρχειοθήκη", "Αρχειοθέτηση", "Arhiiv", "Archyvas",     // Turkish, Greek, Estonian, Lithuanian
    "アーカイブ", "保存箱", "存档", "归档", "封存", "封存檔", "典藏",          // Japanese, Chinese
    "보관", "보관함", "아카이브", "ארכיון", "أرشيف", "الأرشيف",                // Korean, Hebrew, Arabic
});

constexpr auto drafts = std::to_array<std::string_view>({
    "Drafts", "Draft", "Draft Messages",
    "Entwürfe", "Entwurf", "Brouillons", "Brouillon",                          // German, French
    "Borradores", "Borrador", "Bozze", "Bozza",                                // Spanish, Italian
    "Rascunhos", "Rascunho", "Esborranys", "Schițe", "Ciorne",                 // Portuguese, Catalan, Romanian
    "Concepten", "Concept", "Szkice", "Szkic", "Wersje robocze", "Robocze",    // Dutch, Polish
    "Черновики", "Черновик", "Чернетки", "Чернови",                            // Russian, Ukrainian, Bulgarian
    "Utkast", "Kladd", "Kladder", "Udkast", "Luonnokset", "Luonnos",           // Swedish, Norwegian, Danish, Finnish
    "Koncepty", "Rozepsané", "Rozpracované", "Konceptai", "Mustandid",         // Czech, Slovak, Lithuanian, Estonian
    "Piszkozatok", "Piszkozat", "Vázlatok", "Skice", "Nacrti", "Osnutki",      // Hungarian, Croatian, Slovenian
    "Taslaklar", "Taslak", "Πρόχειρα", "Προσχέδια", "Melnraksti",              // Turkish, Greek, Latvian
    "下書き", "ドラフト", "草稿", "草稿箱", "草稿匣", "草稿夹",                // Japanese, Chinese
    "임시보관함", "임시 보관함", "초안", "טיוטות", "المسودات", "مسودات",       // Korean, Hebrew, Arabic
    "Thư nháp", "Bản nháp", "ร่าง", "Draf", "Konsep",                          // Vietnamese, Thai, Malay, Indonesian
});

constexpr auto flagged = std::to_array<std::string_view>({
    "Flagged", "Starred", "Flagged Messages",
    "Markiert", "Gekennzeichnet", "Messages suivis",                 // German, French
    "Destacados", "Con estrella", "Contrassegnati",    // Spanish, Italian
    "Com estrela", "Marcados com estrela", "Met ster",          // Portuguese, Dutch
    "Oznaczone gwiazdką", "Oznaczone flagą", "Помеченные", "Отмеченные",       // Polish, Russian
    "Из зірочкою", "Із зірочкою", "Stjärnmärkt", "Stjärnmärkta",               // Ukrainian, Swedish
    "Stjernemarkerede", "Stjernemarkeret", "Stjernemerket",                    // Danish, Norwegian
    "Tähdellä merkityt", "S hvězdičkou", "S hviezdičkou", "Csillagozott",      // Finnish, Czech, Slovak, Hungarian
    "Yıldızlı", "Με αστέρι", "Cu stea",                                        // Turkish, Greek, Romanian
    "スター付き", "已加星标", "已加星號", "星标邮件", "별표편지함",            // Japanese, Chinese, Korean
});

constexpr auto junk = std::to_array<std::string_view>({
    "Junk", "Spam", "Junk E-Mail", "Junk Email", "Junk Mail", "Bulk Mail", "Bulk", "Spam Mail", "Junkmail", "Spambox",
    "Spamverdacht", "Spam-Verdacht", "Junk-E-Mail", "Werbemails", "Unerwünscht", "Unerwünschte Werbung",   // German
    "Unerwünschte E-Mails", "Courrier indésirable", "Indésirables", "Indésirable", "Pourriel", "Pourriels",  // French
    "Courriel indésirable", "Correo no deseado", "Correo basura", "No deseado",                            // Spanish
    "Posta indesiderata", "Indesiderata", "Indesiderati",                                                  // Italian
    "Lixo Eletrônico", "Lixo Eletrónico", "Lixo Electrónico", "E-mail de Lixo", "E-mail Lixo",             // Portuguese
    "Correio Eletrónico de Lixo", "Correio Electrónico não solicitado", "Correu brossa",                   // Catalan
    "Ongewenste e-mail", "Ongewenste mail", "Ongewenst",                                        // Dutch
    "Wiadomości-śmieci", "Wiadomości śmieci", "Niechciane", "Poczta-śmieci",                               // Polish
    "Нежелательная почта", "Спам", "Небажана пошта", "Нежелана поща",                // Russian, Ukrainian, Bulgarian
    "Skräppost", "Skräp", "Søppelpost", "Uønsket e-post", "Uønsket mail", "Uønsket e-mail", "Uønsket post",
    "Roskaposti", "Nevyžádaná pošta", "Nevyžiadaná pošta", "Nevyžiadané",            // Finnish, Czech, Slovak
    "Levélszemét", "Kéretlen levelek", "Spam levelek", "Önemsiz E-posta", "Önemsiz", "Gereksiz", "İstenmeyen",
    "Ανεπιθύμητη αλληλογραφία", "Ανεπιθύμητα",           // Greek
    "Mesaje nedorite", "Nedorite", "E-mail nedorit", "Neželjena pošta", "Neželena pošta", "Neželena e-pošta",
    "Rämpspost", "Šlamštas", "Nepageidaujamas el. paštas", "Mēstules",               // Estonian, Lithuanian, Latvian
    "迷惑メール", "スパム", "垃圾邮件", "垃圾郵件", "垃圾邮件箱", "垃圾信件",        // Japanese, Chinese
    "스팸함", "스팸메일함", "스팸", "정크 메일", "정크메일", "דואר זבל", "البريد غير الهام",
    "Thư rác", "อีเมลขยะ", "E-mel Sarap",                                            // Vietnamese, Thai, Malay
});

constexpr auto sent = std::to_array<std::string_view>({
    "Sent", "Sent Items", "Sent Messages", "Sent Mail", "Sent-Mail", "Sent Email", "SentMail",
    "Gesendet", "Gesendete Elemente", "Gesendete Objekte", "Gesendete Nachrichten", "Gesendete E-Mails",   // German
    "Gesendete Mails", "Gesendete", "Postausgang gesendet", "Verschickt",
    "Éléments envoyés", "Envoyés", "Envoyé", "Messages envoyés", "Objets envoyés", "Courrier envoyé",      // French
    "Elements envoyes", "Envoyes",
    "Enviados", "Elementos enviados", "Mensajes enviados", "Correo enviado", "Correos enviados", "Enviado",
    "Posta inviata", "Inviati", "Inviata", "Elementi inviati", "Messaggi inviati", "Inviate",              // Italian
    "Itens Enviados", "E-mails enviados", "Mensagens enviadas", "Enviadas", "Correio enviado", "Enviats",  // Portuguese
    "Elements enviats", "Elemente trimise", "Trimise", "Mesaje trimise",             // Catalan, Romanian
    "Verzonden", "Verzonden items", "Verzonden berichten", "Verzonden mail", "Verstuurd",                  // Dutch
    "Elementy wysłane", "Wysłane", "Wiadomości wysłane", "Poczta wysłana",                                 // Polish
    "Отправленные", "Отправленное", "Исходящие отправленные", "Надіслані", "Відправлені", "Изпратени",
    "Skickat", "Skickade", "Skickade objekt", "Skickade meddelanden", "Skickade mail",                     // Swedish
    "Sendt", "Sendte elementer", "Sendt post", "Sendte mails", "Sendt e-post", "Sendte meldinger",  // Danish, Norwegian
    "Sendte", "Sendte beskeder", "Sendte meddelelser", "Sendte objekter",
    "Lähetetyt", "Lähetetyt viestit", "Lähetetty", "Lähetetyt kohteet",                                    // Finnish
    "Odeslaná pošta", "Odeslané", "Odeslaná", "Odoslaná pošta", "Odoslané", "Odeslané zprávy",      // Czech, Slovak
    "Elküldött elemek", "Elküldött", "Elküldött levelek", "Elküldött üzenetek",                            // Hungarian
    "Gönderilmiş Öğeler", "Gönderilmiş", "Gönderilmiş Postalar", "Gönderilenler", "Gönderilen",            // Turkish
    "Gönderilmiş İletiler", "Gönderilmiş Mesajlar",
    "Απεσταλμένα", "Απεσταλμένα στοιχεία", "Σταλμένα", "Απεσταλμένη αλληλογραφία",                         // Greek
    "Poslano", "Poslana pošta", "Poslane stavke", "Poslato", "Saadetud", "Išsiųsta", "Nosūtītie",
    "送信済みアイテム", "送信済みメール", "送信済み", "送信済", "送信箱", "送信控え",                      // Japanese
    "已发送", "已发送邮件", "已发邮件", "寄件備份", "已傳送", "已傳送的郵件", "已寄出", "寄件備份匣",      // Chinese
    "보낸 편지함", "보낸편지함", "보낸메일함", "보낸 메일함", "보낸 메일", "דואר שנשלח", "נשלחו",          // Korean, Hebrew
    "البريد المرسل", "العناصر المرسلة", "المرسلة", "Thư đã gửi", "Đã gửi", "ส่งแล้ว", "Terkirim",
});

constexpr auto trash = std::to_array<std::string_view>({
    "Trash", "Deleted Items", "Deleted Messages", "Deleted", "Bin", "Wastebasket", "Rubbish", "Trash Can", "Trashcan",
    "Deleted Mail",
    "Papierkorb", "Gelöschte Elemente", "Gelöschte Objekte", "Gelöschte Nachrichten", "Gelöscht",          // German
    "Gelöschte E-Mails", "Gelöschte Mails",
    "Corbeille", "Éléments supprimés", "Messages supprimés", "Supprimés", "Objets supprimés", "Poubelle",  // French
    "Elements supprimes",
    "Papelera", "Elementos eliminados", "Mensajes eliminados", "Eliminados", "Papelera de reciclaje",      // Spanish
    "Cestino", "Posta eliminata", "Elementi eliminati", "Eliminati", "Messaggi eliminati", "Eliminata",    // Italian
    "Lixeira", "Itens Excluídos", "Itens Eliminados", "Lixo", "Excluídos", "Excluídas", "Reciclagem",      // Portuguese
    "Mensagens excluídas", "Mensagens eliminadas",
    "Paperera", "Elements suprimits", "Coș de gunoi", "Coşul de gunoi", "Elemente șterse", "Șterse", "Gunoi",
    "Prullenbak", "Verwijderde items", "Verwijderd", "Verwijderde berichten", "Prullenmand",               // Dutch
    "Kosz", "Elementy usunięte", "Usunięte", "Wiadomości usunięte",                                        // Polish
    "Корзина", "Удаленные", "Удалённые", "Удаленное", "Кошик", "Видалені", "Кошче", "Изтрити",
    "Papperskorgen", "Papperskorg", "Borttaget", "Borttagna objekt", "Borttagna", "Raderade",              // Swedish
    "Papirkurv", "Papirkurven", "Slettede elementer", "Slettet post", "Slettet", "Slettede",        // Danish, Norwegian
    "Slettede objekter",
    "Roskakori", "Poistetut", "Poistetut viestit", "Poistetut kohteet",                                    // Finnish
    "Koš", "Odstraněná pošta", "Odstraněné", "Smazané", "Vyhozené", "Kôš", "Odstránená pošta", "Odstránené",
    "Kuka", "Törölt elemek", "Törölt", "Lomtár", "Törölt levelek", "Törölt üzenetek",                      // Hungarian
    "Çöp Kutusu", "Çöp", "Silinmiş Öğeler", "Silinenler", "Silinmiş", "Çöp sepeti",                        // Turkish
    "Κάδος απορριμμάτων", "Διαγραμμένα", "Κάδος", "Διαγραμμένα στοιχεία", "Απορρίμματα",                   // Greek
    "Smeće", "Otpad", "Izbrisano", "Koš za smeće", "Prügikast", "Kustutatud", "Šiukšlinė", "Miskaste", "Atkritne",
    "ゴミ箱", "ごみ箱", "削除済みアイテム", "削除済み", "削除済みメール",                                  // Japanese
    "已删除", "已删除邮件", "已刪除郵件", "刪除的郵件", "垃圾桶", "已刪除", "已删除的邮件", "回收站", "资源回收筒",
    "휴지통", "지운 편지함", "지운편지함", "삭제된 항목", "פריטים שנמחקו", "אשפה", "العناصر المحذوفة", "المهملات",
    "Thùng rác", "ถังขยะ", "Sampah", "Tong Sampah",                                  // Vietnamese, Thai, Indonesian
});

constexpr std::array names{
    SpecialUseNames{SpecialUse::all, all},         SpecialUseNames{SpecialUse::archive, archive},
    SpecialUseNames{SpecialUse::drafts, drafts},   SpecialUseNames{SpecialUse::flagged, flagged},
    SpecialUseNames{SpecialUse::junk, junk},       SpecialUseNames{SpecialUse::sent, sent},
    SpecialUseNames{SpecialUse::trash, trash},
};

}  // namespace

std::span<const SpecialUseNames> special_use_names() { return names; }

}  // namespace godwit::sync
