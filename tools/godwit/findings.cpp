#include "tools/godwit/findings.h"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace godwit::cli {

using sync::Finding;

namespace json = boost::json;

namespace {

constexpr std::size_t listed_in_json = 1000;

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

}  // namespace

std::string to_json(const sync::SyncReport& report, const std::deque<Finding>& findings) {
    auto document = json::parse(sync::to_json(report)).as_object();
    json::array list;
    for (const auto& finding : findings) {
        if (list.size() == listed_in_json) break;
        list.push_back(json::object{{"kind", name_of(finding.kind)},
                                    {"folder", finding.folder},
                                    {"destination_folder", finding.destination_folder},
                                    {"source_uid", finding.source_uid},
                                    {"destination_uid", finding.destination_uid},
                                    {"size", finding.size},
                                    {"detail", finding.detail}});
    }
    document["findings_total"] = findings.size();
    document["finding_list"] = std::move(list);
    return json::serialize(document);
}

const std::string findings_csv_header = "kind,folder,destination_folder,source_uid,destination_uid,size,detail\r\n";

std::string csv_line(const Finding& finding) {
    return fmt::format("{},{},{},{},{},{},{}\r\n", name_of(finding.kind), csv_field(finding.folder),
                       csv_field(finding.destination_folder), finding.source_uid, finding.destination_uid, finding.size,
                       csv_field(finding.detail));
}

}  // namespace godwit::cli
