// FindingLog: counts findings in the report and gives them to the ledger, some hundred at a time.
#pragma once

#include "engine/sync/pass.h"

namespace godwit::sync {

class FindingLog {
public:
    explicit FindingLog(Pass& pass) : pass_(pass) {}

    void add(Finding finding) {
        ++pass_.report.findings[static_cast<std::size_t>(finding.kind)];
        pending_.push_back(std::move(finding));
    }
    // To be called now and then: only then anything is written.
    Awaitable<Result<void>> flush_if_many() {
        if (pending_.size() < at_once) co_return Result<void>{};
        co_return co_await flush();
    }
    Awaitable<Result<void>> flush() {
        if (pending_.empty()) co_return Result<void>{};
        const auto findings = std::exchange(pending_, {});
        for (std::span rest(findings); !rest.empty(); rest = rest.subspan(std::min(rest.size(), at_once)))
            GODWIT_CO_CHECK(co_await pass_.ledger.add_findings(rest.first(std::min(rest.size(), at_once))));
        co_return Result<void>{};
    }

private:
    static constexpr std::size_t at_once = 500;
    Pass& pass_;
    std::vector<Finding> pending_;
};

}  // namespace godwit::sync
