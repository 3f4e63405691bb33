// The ledger contract on a file.
#include "tools/godwit/file_ledger.h"

#include "tests/contract/ledger_contract.h"
#include "tests/support/temp_directory.h"

namespace godwit::test {

namespace {

class FileLedgerUnderTest final : public LedgerUnderTest {
public:
    Awaitable<std::unique_ptr<sync::Ledger>> open() override {
        auto ledger = cli::FileLedger::open(directory_.path() / "ledger", {"a", 993, "u"}, {"b", 993, "u"});
        if (!ledger) throw std::runtime_error(ledger.error().to_string());
        co_return std::move(*ledger);
    }

private:
    TempDirectory directory_;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(File, LedgerContract,
                         testing::Values(LedgerImplementation{
                             "file", [](std::string&) { return std::make_unique<FileLedgerUnderTest>(); }}));

}  // namespace godwit::test
