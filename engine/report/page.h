// The report as one HTML page that can be printed: without scripts that run and without anything from elsewhere. Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace godwit::report {

// The same page from the same report, octet by octet. `document` (document.h) is part of it.
std::string page_of(const boost::json::object& report, std::string_view document);

bool is_page(std::string_view text);
// The document in a page; empty when there is none.
std::string_view document_in(std::string_view page);

}  // namespace godwit::report
