/** Value types shared by every module (SPEC 1). Pure Java: no framework is imported here. */
package io.ocos.schemas.domain;
