#include "engine/sync/special_use.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/base/utf8.h"
#include "engine/sync/fold_case.h"

namespace godwit::sync {
namespace {

std::string guessed(std::string_view name) {
    const auto guess = guess_special_use(name);
    return guess ? std::string(attribute_of(guess->use)) : "";
}

TEST(SpecialUse, AttributesInAnyCaseAndSpelling) {
    const std::pair<std::vector<std::string>, std::string_view> rows[] = {
        {{"\\HasNoChildren", "\\Sent"}, "\\Sent"}, {{"\\sent"}, "\\Sent"},       {{"\\All"}, "\\All"},
        {{"\\AllMail"}, "\\All"},                  {{"\\Starred"}, "\\Flagged"}, {{"\\SPAM"}, "\\Junk"},
        {{"\\Trash", "\\Junk"}, "\\Trash"},        {{"\\Drafts"}, "\\Drafts"},   {{"\\Archive"}, "\\Archive"},
    };
    for (const auto& [attributes, expected] : rows) {
        const auto use = special_use_of(attributes);
        ASSERT_TRUE(use) << attributes.front();
        EXPECT_EQ(attribute_of(*use), expected);
    }
    EXPECT_FALSE(special_use_of(std::vector<std::string>{"\\HasChildren", "\\Important", "Sent", ""}));
    EXPECT_FALSE(special_use_of({}));
}

TEST(SpecialUse, NamesOfManyProgramsAndLanguages) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"Sent Items", "\\Sent"},          {"Gesendete Elemente", "\\Sent"}, {"Éléments envoyés", "\\Sent"},
        {"Elementos enviados", "\\Sent"},  {"Posta inviata", "\\Sent"},      {"Itens Enviados", "\\Sent"},
        {"Verzonden items", "\\Sent"},     {"Elementy wysłane", "\\Sent"},   {"Отправленные", "\\Sent"},
        {"Skickade objekt", "\\Sent"},     {"Sendte elementer", "\\Sent"},   {"Lähetetyt", "\\Sent"},
        {"Odeslaná pošta", "\\Sent"},      {"Elküldött elemek", "\\Sent"},   {"Gönderilmiş Öğeler", "\\Sent"},
        {"Απεσταλμένα", "\\Sent"},         {"送信済みアイテム", "\\Sent"},   {"已发送邮件", "\\Sent"},
        {"보낸 편지함", "\\Sent"},         {"Papierkorb", "\\Trash"},        {"Corbeille", "\\Trash"},
        {"Deleted Messages", "\\Trash"},   {"Kosz", "\\Trash"},              {"Корзина", "\\Trash"},
        {"Brouillons", "\\Drafts"},        {"Entwürfe", "\\Drafts"},         {"Bozze", "\\Drafts"},
        {"Wersje robocze", "\\Drafts"},    {"下書き", "\\Drafts"},           {"Correo no deseado", "\\Junk"},
        {"Lixo Eletrônico", "\\Junk"},     {"Lixo", "\\Trash"},              {"Bulk Mail", "\\Junk"},
        {"迷惑メール", "\\Junk"},          {"Archiv", "\\Archive"},          {"Arkiv", "\\Archive"},
        {"Starred", "\\Flagged"},          {"All Mail", "\\All"},            {"Alle Nachrichten", "\\All"},
    };
    for (const auto& [name, expected] : rows) EXPECT_EQ(guessed(name), expected) << name;
    for (const auto name : {"", "Inbox", "INBOX", "Important", "Work", "Sent/2019", "Sent ", "Todos", "\xff"})
        EXPECT_EQ(guessed(name), "") << name;
}

TEST(SpecialUse, CaseAndNormalisationDoNotMatter) {
    EXPECT_EQ(guessed("SENT ITEMS"), "\\Sent");
    EXPECT_EQ(guessed("gelöschte ELEMENTE"), "\\Trash");
    EXPECT_EQ(guessed("E\u0301le\u0301ments envoye\u0301s"), "\\Sent");   // NFD, as Apple Mail writes it
    EXPECT_EQ(guessed("ОТПРАВЛЕННЫЕ"), "\\Sent");
}

TEST(SpecialUse, TheUsualNameIsLikelier) {
    EXPECT_LT(guess_special_use("Sent")->rank, guess_special_use("Sent Messages")->rank);
    EXPECT_LT(guess_special_use("trash")->rank, guess_special_use("Papierkorb")->rank);
}

TEST(SpecialUse, NoNameMeansTwoUses) {
    std::map<std::string, SpecialUse> seen;
    for (const auto& [use, names] : special_use_names()) {
        EXPECT_GT(names.size(), 30u);
        for (const auto name : names) {
            EXPECT_TRUE(is_utf8(name)) << name;
            const auto [at, added] = seen.emplace(nfc_case_folded(name), use);
            EXPECT_TRUE(added || at->second == use) << name;
        }
    }
    EXPECT_GT(seen.size(), 400u);
}

TEST(FoldCase, UnicodeAndWhatIsNotUtf8) {
    EXPECT_EQ(case_folded("ÄÖÜ"), case_folded("äöü"));
    EXPECT_NE(case_folded("e\u0301"), case_folded("\u00e9"));
    EXPECT_EQ(nfc_case_folded("E\u0301"), nfc_case_folded("\u00e9"));
    EXPECT_EQ(case_folded("A\xff"), "a\xff");
    EXPECT_EQ(case_folded(""), "");
    const std::string zero("A\0B", 3);
    EXPECT_EQ(case_folded(zero), std::string("a\0b", 3));
}

}  // namespace
}  // namespace godwit::sync
