package people

import "slices"

// Role is what somebody does here, and so what they may do.
type Role string

// The roles. An admin's is called as the scope is.
const (
	RoleAgent    Role = "agent"
	RoleMarketer Role = "marketer"
	RoleAdmin    Role = "admin"
)

// roles is what each role may do: the one place that says so. What a scope opens, the API's list of operations says.
var roles = []struct {
	role   Role
	scopes Scope
}{
	{RoleAgent, Read | Reply},
	{RoleMarketer, Read | Send},
	{RoleAdmin, Admin},
}

// Roles lists all of them, those who may less first.
func Roles() []Role {
	all := make([]Role, len(roles))
	for i, r := range roles {
		all[i] = r.role
	}
	return all
}

// Scopes is what a role may do; one that nobody knows may nothing.
func (r Role) Scopes() Scope {
	for _, one := range roles {
		if one.role == r {
			return one.scopes
		}
	}
	return 0
}

// Known reports whether it is one of the roles.
func (r Role) Known() bool { return slices.Contains(Roles(), r) }
