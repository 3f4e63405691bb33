#include "engine/report/page.h"

#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace godwit::report {

namespace json = boost::json;

namespace {

constexpr std::string_view beginning = "<!DOCTYPE html>\n";
constexpr std::string_view script = "<script type=\"application/json\" id=\"godwit-report\">";
constexpr std::string_view script_end = "</script>";

constexpr std::string_view style = R"(
body { font: 14px/1.5 system-ui, "Liberation Sans", sans-serif; color: #1a1a1a; max-width: 70em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; margin-bottom: 0.2em; } h2 { font-size: 1.15em; margin-top: 2em; }
table { border-collapse: collapse; width: 100%; font-size: 0.92em; } th, td { text-align: left; vertical-align: top; padding: 0.25em 0.6em; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid #888; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
table.facts th { width: 14em; font-weight: 600; } code { font-size: 0.92em; overflow-wrap: anywhere; }
p.verdict { border-left: 6px solid #888; padding: 0.6em 1em; background: #f4f4f4; font-size: 1.08em; }
p.clean, p.undone { border-color: #2b7a3d; } p.faults, p.unfinished, p.undone_in_part { border-color: #b3261e; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } thead { display: table-header-group; } tr { break-inside: avoid; } }
)";

struct Meaning {
    std::string_view kind, words;
};
constexpr std::array meanings{
    Meaning{"missing", "at the source, not at the destination, and nothing explains it"},
    Meaning{"refused", "could not be copied: the words of the server are in the list"},
    Meaning{"skipped", "left out by an option of the migration; not a fault"},
    Meaning{"extra", "at the destination only; not a fault"},
    Meaning{"altered", "the copy differs in size or octets"},
    Meaning{"flags_differ", "the copy has other flags"},
    Meaning{"date_differs", "the copy has another date of arrival"},
    Meaning{"removed_at_destination", "was copied, and somebody removed the copy since"},
    Meaning{"moved_at_destination", "was copied, and somebody moved the copy since"},
    Meaning{"filtered", "the destination accepted it and has never shown it"},
    Meaning{"unreadable", "could not be read for the comparison"},
    Meaning{"folder_missing", "the folder is not at the destination"},
    Meaning{"removed", "taken from the destination (dry run: would be)"},
    Meaning{"flags_restored", "was there before; its flags are as they were (dry run: would be)"},
    Meaning{"folder_dropped", "folder made by the migration and empty (dry run: would be)"},
    Meaning{"left", "put there by the migration, and not removed: the reason is in the list"},
};

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

const json::value* find(const json::object& object, std::string_view path) {
    const auto dot = path.find('.');
    const auto* value = object.if_contains(path.substr(0, dot));
    if (!value || dot == std::string_view::npos) return value;
    return value->is_object() ? find(value->get_object(), path.substr(dot + 1)) : nullptr;
}

// As it stands in a cell; nothing for null and what is not there.
std::string cell(const json::value* value) {
    if (!value || value->is_null()) return {};
    if (value->is_string()) return escaped({value->get_string().data(), value->get_string().size()});
    return escaped(json::serialize(*value));
}
std::string cell(const json::object& object, std::string_view path) { return cell(find(object, path)); }

const json::object& object_at(const json::object& object, std::string_view path) {
    static const json::object none;
    const auto* value = find(object, path);
    return value && value->is_object() ? value->get_object() : none;
}

const json::array& array_at(const json::object& object, std::string_view path) {
    static const json::array none;
    const auto* value = find(object, path);
    return value && value->is_array() ? value->get_array() : none;
}

class Page {
public:
    explicit Page(const json::object& report) : report_(report) {}

    std::string make(std::string_view document) {
        const bool undo = cell(report_, "pass.kind") == "undo";
        const std::string title = undo ? "Undo report" : "Verification report";
        out_ = beginning;
        out_ += fmt::format("<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{} of {}</title>\n<style>{}</style>\n"
                            "</head>\n<body>\n<h1>{}</h1>\n",
                            title, cell(report_, "destination.user"), style, title);
        out_ += fmt::format("<p class=\"verdict {}\">{}</p>\n", cell(report_, "verdict.code"), cell(report_, "verdict.words"));
        add_facts();
        add_counts();
        add_folders();
        add_findings();
        out_ += "<h2>Checking this report</h2>\n<p>The report is signed. <code>godwit report verify FILE</code> says whether this "
                "page is exactly as it was written, and with which key.</p>\n";
        out_ += script;
        out_ += document;
        out_ += script_end;
        out_ += "\n</body>\n</html>\n";
        return std::move(out_);
    }

private:
    void fact(std::string_view name, const std::string& html) {
        if (!html.empty()) out_ += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, html);
    }

    std::string party(std::string_view side) const {
        return fmt::format("{} at {}, port {}", cell(report_, fmt::format("{}.user", side)),
                           cell(report_, fmt::format("{}.host", side)), cell(report_, fmt::format("{}.port", side)));
    }

    void add_facts() {
        out_ += "<table class=\"facts\">\n";
        fact("Source", party("source"));
        fact("Destination", party("destination"));
        fact("Migration", cell(report_, "migration"));
        fact("Your reference", cell(report_, "external_id"));
        fact("Pass", fmt::format("{}, attempt {}: {}", cell(report_, "pass.id"), cell(report_, "pass.attempt"),
                                 cell(report_, "pass.result")));
        fact("Started", cell(report_, "pass.started_at"));
        fact("Finished", cell(report_, "pass.finished_at"));
        const auto options = cell(report_, "options");
        fact("Options", options == "{}" ? "" : "<code>" + options + "</code>");
        fact("Octets compared of", cell(report_, "messages_digested") == "0" ? "" : cell(report_, "messages_digested") + " messages");
        fact("Digest of everything compared", cell(report_, "set_digest").empty() ? "" : "<code>" + cell(report_, "set_digest") + "</code>");
        fact("Written by", fmt::format("{} on {}", cell(report_, "written_by.node"), cell(report_, "written_by.host")));
        out_ += "</table>\n";
    }

    void add_counts() {
        const auto& counts = object_at(report_, "findings_by_kind");
        if (counts.empty()) return;
        out_ += "<h2>What was found</h2>\n<table>\n<thead><tr><th>Kind</th><th class=\"n\">Number</th><th>Meaning</th></tr></thead>\n<tbody>\n";
        for (const auto& [kind, count] : counts) {
            std::string_view words;
            for (const auto& meaning : meanings)
                if (meaning.kind == std::string_view(kind)) words = meaning.words;
            out_ += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n", escaped(kind), cell(&count), words);
        }
        out_ += "</tbody>\n</table>\n";
    }

    void add_folders() {
        constexpr std::array columns{"messages_total", "messages_verified", "messages_skipped", "messages_failed", "messages_removed"};
        const auto& folders = array_at(report_, "folders");
        if (folders.empty()) return;
        out_ += "<h2>Folders</h2>\n<table>\n<thead><tr><th>Source</th><th>Destination</th><th class=\"n\">Messages</th>"
                "<th class=\"n\">Compared</th><th class=\"n\">Left out</th><th class=\"n\">Failed</th><th class=\"n\">Removed</th>"
                "<th>Error</th></tr></thead>\n<tbody>\n";
        for (const auto& value : folders) {
            if (!value.is_object()) continue;
            const auto& folder = value.get_object();
            out_ += fmt::format("<tr><td>{}</td><td>{}</td>", cell(folder, "source"), cell(folder, "destination"));
            for (const auto* column : columns)
                out_ += fmt::format("<td class=\"n\">{}</td>", cell(folder, fmt::format("counters.{}", column)));
            out_ += fmt::format("<td>{}</td></tr>\n", cell(folder, "error.cause"));
        }
        out_ += "</tbody>\n</table>\n";
    }

    void add_findings() {
        const auto& findings = array_at(report_, "findings");
        if (findings.empty()) return;
        out_ += "<h2>Findings</h2>\n";
        if (const auto listed = cell(report_, "cut.listed"); !listed.empty())
            out_ += fmt::format("<p>The first {} of {} are listed.</p>\n", listed, cell(report_, "findings_total"));
        out_ += "<table>\n<thead><tr><th>Kind</th><th>Folder</th><th>At the destination</th><th class=\"n\">UID</th>"
                "<th class=\"n\">UID there</th><th class=\"n\">Octets</th><th>Detail</th></tr></thead>\n<tbody>\n";
        for (const auto& value : findings) {
            if (!value.is_object()) continue;
            const auto& finding = value.get_object();
            out_ += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
                                "<td>{}</td></tr>\n",
                                cell(finding, "kind"), cell(finding, "folder"), cell(finding, "destination_folder"),
                                cell(finding, "source_uid"), cell(finding, "destination_uid"), cell(finding, "size"),
                                cell(finding, "detail"));
        }
        out_ += "</tbody>\n</table>\n";
    }

    const json::object& report_;
    std::string out_;
};

}  // namespace

std::string page_of(const json::object& report, std::string_view document) { return Page(report).make(document); }

bool is_page(std::string_view text) { return text.starts_with(beginning); }

std::string_view document_in(std::string_view page) {
    const auto at = page.find(script);
    if (at == std::string_view::npos) return {};
    page.remove_prefix(at + script.size());
    const auto end = page.find(script_end);
    return end == std::string_view::npos ? std::string_view() : page.substr(0, end);
}

}  // namespace godwit::report
