#include "tools/godwit/findings.h"

#include <boost/json.hpp>

namespace godwit::cli {

using sync::Finding;

namespace json = boost::json;

namespace {

constexpr std::size_t listed_in_json = 1000;

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

}  // namespace godwit::cli
