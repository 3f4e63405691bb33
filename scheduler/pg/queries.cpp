#include "scheduler/pg/queries.h"

#include "schemas/statements.h"

namespace godwit::scheduler::pg {

namespace {

const schemas::Statements& statements() {
    static const schemas::Statements queries("queries");
    return queries;
}

}  // namespace

const std::map<std::string, std::string, std::less<>>& all_queries() { return statements().all(); }

const std::string& query(std::string_view name) { return statements().at(name); }

}  // namespace godwit::scheduler::pg
