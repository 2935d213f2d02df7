// How the generated client writes parameters into a URL. CMakeLists.txt has its sources compiled with this header
// before all others, which makes that quicker, too.

#pragma once

#include "CppRestOpenAPIClient/ApiClient.h"
#include "CppRestOpenAPIClient/model/WorkflowRunStatusFilter.h"

namespace org::openapitools::client::api {

// An enum in a query: its value, without the quotes that JSON has.
template <>
inline utility::string_t ApiClient::parameterToString(const std::shared_ptr<WorkflowRunStatusFilter>& value)
{
    return value->toJson().as_string();
}

}

// An id in a path: with `/`, `?` and `#` escaped, which `encode_uri` leaves as they are.
#define encode_uri encode_data_string
